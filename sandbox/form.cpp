#include "sandbox/form.hpp"

#include <algorithm>

namespace otp::sandbox {

namespace {

// Length of the sequence that `lead` opens; 0 where none begins so.
std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

// Overlong forms, surrogates and what lies above U+10FFFF show in the second byte.
bool second_byte_fits(unsigned char lead, unsigned char second) {
    switch (lead) {
    case 0xE0:
        return second >= 0xA0;
    case 0xED:
        return second <= 0x9F;
    case 0xF0:
        return second >= 0x90;
    case 0xF4:
        return second <= 0x8F;
    default:
        return true;
    }
}

}  // namespace

std::optional<fields> read_form(std::string_view text) {
    auto values = http::decode_form(text);
    if (!values)
        return std::nullopt;
    for (const auto& [name, value] : *values)
        if (!is_utf8(name) || !is_utf8(value))
            return std::nullopt;
    return std::move(*values);
}

std::string write_form(const fields& values) {
    std::vector<http::form_field> views;
    views.reserve(values.size());
    for (const auto& [name, value] : values)
        views.push_back({name, value});
    return std::string(http::encode_form(views).reveal());
}

const std::string* find(const fields& values, std::string_view name) {
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto& pair) {
        return pair.first == name;
    });
    return found == values.end() ? nullptr : &found->second;
}

std::string_view value_of(const fields& values, std::string_view name) {
    return http::form_value(values, name);
}

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const auto length = sequence_length(lead);
        if (length == 0 || i + length > text.size())
            return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80)
                return false;
        if (length > 1 && !second_byte_fits(lead, static_cast<unsigned char>(text[i + 1])))
            return false;
        i += length;
    }
    return true;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

}  // namespace otp::sandbox
