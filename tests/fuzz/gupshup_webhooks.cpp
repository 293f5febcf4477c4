// Events of Gupshup's WhatsApp API (JSON) and reports of its SMS gateway (a query or a form, a JSON
// array in one field, or that alone).
#include "common/core/ascii.hpp"
#include "common/http/form.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "verify/webhooks/gupshup_receipt.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace otp;
using otp::fuzz::must;

void check(const std::optional<std::vector<provider_receipt>>& receipts) {
    if (!receipts)
        return;
    const auto is_printable = [](char c) { return c > ' ' && c <= '~'; };
    for (const auto& one : *receipts) {
        must(!one.message_id.empty() && one.message_id.size() <= 128, "an id is bounded");
        must(std::ranges::all_of(one.message_id, is_printable), "an id can be logged");
        must(std::ranges::all_of(one.error_code, is_printable), "an error code can be logged");
        must(one.error_code.size() <= 32, "an error code is bounded");
        must(std::ranges::count_if(one.error_code, is_digit) <= 6, "an error code is no number");
        must(one.number.empty() || one.number.front() == '+', "a number is E.164");
        must(one.number.size() <= 16, "a number is bounded");
    }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = otp::fuzz::text_of(data, size);
    check(read_gupshup_events(text));
    check(read_gupshup_reports(text));
    // The array within the form around it.
    const http::form_field array{"response", text};
    check(read_gupshup_reports(http::encode_form({&array, 1}).reveal()));
    return 0;
}
