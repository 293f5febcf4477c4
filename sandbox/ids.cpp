#include "sandbox/ids.hpp"

namespace otp::sandbox {

std::string ids::hex(std::size_t digits) {
    static constexpr char alphabet[] = "0123456789abcdef";
    std::string text;
    text.reserve(digits);
    while (text.size() < digits)
        for (auto bits = random_(); bits != 0 && text.size() < digits; bits >>= 4)
            text += alphabet[bits & 15];
    return text;
}

std::string ids::decimal(std::size_t digits) {
    std::string text(1, static_cast<char>('1' + random_() % 9));
    while (text.size() < digits)
        for (auto rest = random_(); rest > 9 && text.size() < digits; rest /= 10)
            text += static_cast<char>('0' + rest % 10);
    return text;
}

std::string ids::sid(std::string_view prefix) {
    return std::string(prefix) + hex(32);
}

std::string ids::uuid() {
    auto text = hex(32);
    text[12] = '4';
    text[16] = "89ab"[random_() & 3];
    for (const std::size_t dash : {20U, 16U, 12U, 8U})
        text.insert(dash, 1, '-');
    return text;
}

std::string ids::gateway_id() {
    return decimal(19) + "-" + decimal(18);
}

}  // namespace otp::sandbox
