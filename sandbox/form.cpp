#include "sandbox/form.hpp"

#include "common/core/utf8.hpp"

#include <algorithm>

namespace otp::sandbox {

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

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

}  // namespace otp::sandbox
