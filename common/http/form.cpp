#include "common/http/form.hpp"

#include "common/core/ascii.hpp"
#include "common/core/percent.hpp"

#include <algorithm>

namespace otp::http {
namespace {

constexpr bool stays(char c) noexcept {
    return is_alphanumeric(c) || c == '*' || c == '-' || c == '.' || c == '_';
}

std::size_t encoded_size(std::string_view text) noexcept {
    std::size_t size = text.size();
    for (const char c : text)
        size += stays(c) || c == ' ' ? 0U : 2U;
    return size;
}

char* encode(std::string_view text, char* to) noexcept {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        if (stays(c)) {
            *to++ = c;
        } else if (c == ' ') {
            *to++ = '+';
        } else {
            const auto byte = static_cast<unsigned char>(c);
            *to++ = '%';
            *to++ = digits[byte >> 4U];
            *to++ = digits[byte & 15U];
        }
    }
    return to;
}

std::optional<std::string> decode(std::string_view text) {
    std::string spaced(text);
    std::ranges::replace(spaced, '+', ' ');
    return percent_decoded(spaced);
}

}  // namespace

secret encode_form(std::span<const form_field> fields) {
    std::size_t size = fields.empty() ? 0 : fields.size() * 2 - 1;
    for (const form_field& field : fields)
        size += encoded_size(field.name) + encoded_size(field.value);
    secret text = secret::of_size(size);
    char* to = text.bytes().data();
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i != 0)
            *to++ = '&';
        to = encode(fields[i].name, to);
        *to++ = '=';
        to = encode(fields[i].value, to);
    }
    return text;
}

boost::system::result<form, form_fault> decode_form(std::string_view text, form_limits limits) {
    if (text.size() > limits.most_bytes)
        return form_fault{"the form is too long"};
    if (!std::ranges::all_of(text, [](char c) {
            return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
        }))
        return form_fault{"the form holds a space or control character that is not encoded"};
    form fields;
    while (!text.empty()) {
        const auto end = std::min(text.find('&'), text.size());
        const auto piece = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (piece.empty())
            continue;
        if (fields.size() == limits.most_fields)
            return form_fault{"the form has too many fields"};
        const auto equals = std::min(piece.find('='), piece.size());
        auto name = decode(piece.substr(0, equals));
        auto value = decode(piece.substr(std::min(equals + 1, piece.size())));
        if (!name || !value)
            return form_fault{"the form holds a '%' without two hexadecimal digits, or a NUL"};
        if (name->empty())
            return form_fault{"a field of the form has no name"};
        fields.emplace_back(std::move(*name), std::move(*value));
    }
    return fields;
}

std::string_view form_value(const form& fields, std::string_view name) noexcept {
    for (const auto& [key, value] : fields) {
        if (key == name)
            return value;
    }
    return {};
}

}  // namespace otp::http
