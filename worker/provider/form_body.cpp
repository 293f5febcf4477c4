#include "worker/provider/form_body.hpp"

#include <algorithm>
#include <cstddef>

namespace otp {

namespace {

bool stays(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '*' ||
           c == '-' || c == '.' || c == '_';
}

std::size_t encoded_size(std::string_view text) {
    std::size_t size = 0;
    for (const char c : text)
        size += stays(c) || c == ' ' ? 1 : 3;
    return size;
}

char* encode(std::string_view text, char* to) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (const char c : text) {
        if (stays(c)) {
            *to++ = c;
        } else if (c == ' ') {
            *to++ = '+';
        } else {
            const auto byte = static_cast<unsigned char>(c);
            *to++ = '%';
            *to++ = hex[byte >> 4U];
            *to++ = hex[byte & 15U];
        }
    }
    return to;
}

}  // namespace

secret encode_form(std::span<const form_field> fields) {
    std::size_t size = fields.empty() ? 0 : fields.size() - 1;  // the & between them
    for (const auto& [name, value] : fields)
        size += encoded_size(name) + 1 + encoded_size(value);

    secret form = secret::of_size(size);
    char* to = form.bytes().data();
    bool first = true;
    for (const auto& [name, value] : fields) {
        if (!first)
            *to++ = '&';
        first = false;
        to = encode(name, to);
        *to++ = '=';
        to = encode(value, to);
    }
    return form;
}

secret join_secret(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts)
        size += part.size();
    secret whole = secret::of_size(size);
    auto to = whole.bytes().begin();
    for (const std::string_view part : parts)
        to = std::ranges::copy(part, to).out;
    return whole;
}

}  // namespace otp
