// Events of Gupshup's WhatsApp API (JSON) and reports of its SMS gateway (a query or a form, or a
// JSON array in one field).
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
        must(one.number.empty() || one.number.front() == '+', "a number is E.164");
        must(one.number.size() <= 16, "a number is bounded");
    }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = otp::fuzz::text_of(data, size);
    check(read_gupshup_events(text));
    if (const auto fields = http::decode_form(text))
        check(read_gupshup_reports(*fields));
    // The array as it stands once the form around it is read.
    check(read_gupshup_reports({{"response", std::string(text)}}));
    return 0;
}
