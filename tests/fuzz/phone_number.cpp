// Numbers as clients write them. What is taken must be one number for everybody.
#include "common/phone/phone_number.hpp"

#include "tests/fuzz/fuzz_target.hpp"

#include <algorithm>

namespace {

using namespace otp;
using otp::fuzz::must;

void check(const phone_number& number) {
    const auto& text = number.e164();
    must(text.size() >= 6 && text.size() <= 16 && text.front() == '+', "E.164 is + and 5 to 15");
    must(
        std::ranges::all_of(number.digits(), [](char c) { return c >= '0' && c <= '9'; }),
        "E.164 has digits only"
    );
    must(number.masked().find(number.digits()) == std::string::npos, "a masked number hides some");
    must(phone_number::from_e164(text) == number, "E.164 is read as itself");
    must(phone_number::from_text(text, "") == number, "and so where people write");
    const auto spaced = text.substr(0, 2) + " " + text.substr(2);  // the library reads it, no table
    must(phone_number::from_text(spaced, "") == number, "with a space in it, too");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = otp::fuzz::text_of(data, size);
    if (const auto strict = phone_number::from_e164(text)) {
        must(strict->e164() == text, "only E.164 itself is E.164");
        check(*strict);
    }
    for (const char* region : {"", "US", "IN"})
        if (const auto number = phone_number::from_text(text, region))
            check(*number);
    return 0;
}
