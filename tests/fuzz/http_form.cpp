// Forms and queries: what was read must be read alike once it is written again.
#include "common/http/form.hpp"
#include "tests/fuzz/fuzz_target.hpp"

#include <algorithm>
#include <vector>

namespace {

using namespace otp::http;
using otp::fuzz::must;

void check(const form& fields, const form_limits& limits) {
    must(fields.size() <= limits.most_fields, "a form has no more fields than allowed");
    std::vector<form_field> views;
    for (const auto& [name, value] : fields) {
        must(!name.empty(), "a field has a name");
        must(value.find('\0') == std::string::npos, "a field holds no NUL");
        views.push_back({name, value});
    }
    const auto written = encode_form(views);
    form_limits ample;
    ample.most_bytes = written.size();
    const auto again = decode_form(written.reveal(), ample);
    must(again.has_value() && *again == fields, "a form that is written and read stays the same");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = otp::fuzz::text_of(data, size);
    const form_limits usual;
    form_limits narrow;
    narrow.most_fields = 3;
    narrow.most_bytes = 64;
    for (const auto& limits : {usual, narrow}) {
        const auto fields = decode_form(text, limits);
        must(!fields || text.size() <= limits.most_bytes, "a form that is too long is refused");
        if (fields)
            check(*fields, limits);
    }
    return 0;
}
