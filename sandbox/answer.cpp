#include "sandbox/answer.hpp"

#include "common/core/ascii.hpp"

namespace otp::sandbox {

bool is_form(std::string_view content_type) {
    static constexpr std::string_view form = "application/x-www-form-urlencoded";
    content_type = content_type.substr(0, content_type.find(';'));
    while (content_type.ends_with(' '))
        content_type.remove_suffix(1);
    return equals_ignoring_case(content_type, form);
}

bool is_number_digits(std::string_view text) {
    return text.size() >= 8 && text.size() <= 15 && text[0] != '0' &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_e164(std::string_view text) {
    return text.starts_with('+') && is_number_digits(text.substr(1));
}

std::string filled_template(std::string_view first_variable) {
    return std::string(first_variable) + " is your verification code.";
}

}  // namespace otp::sandbox
