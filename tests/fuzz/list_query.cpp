// Filters and cursor of GET /v1/deliveries.
#include "verify/read/list_query.hpp"

#include "common/core/ascii.hpp"
#include "common/phone/phone_number.hpp"
#include "tests/fuzz/fuzz_target.hpp"

#include <algorithm>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace otp;
    using otp::fuzz::must;
    const auto wanted = read_list_query(otp::fuzz::text_of(data, size), "US");
    if (!wanted) {
        must(wanted.error().status == 400, "a wrong query is 400");
        must(!wanted.error().errors.empty(), "a refusal names what is wrong");
        for (const auto& one : wanted.error().errors)
            must(
                std::ranges::count_if(one.field, is_digit) < 4,
                "the name of a filter is shown without what could be a code"
            );
        return 0;
    }
    must(wanted->limit >= 1 && wanted->limit <= 200, "a page has 1 to 200 items");
    if (wanted->to)
        must(phone_number::from_e164(*wanted->to).has_value(), "a number is one in E.164");
    if (wanted->cursor)
        must(wanted->cursor->size() <= 17 + 1 + 36, "a cursor is a time and an id");
    return 0;
}
