#include "verify/check/check_request.hpp"

#include "common/core/ascii.hpp"
#include "common/core/short_name.hpp"
#include "common/otp/uniform.hpp"
#include "verify/client_body.hpp"

#include <algorithm>
#include <array>

namespace otp {

namespace {

constexpr std::array<std::string_view, 4> fields_by_number{"to", "code", "purpose", "device_token"};
constexpr std::array<std::string_view, 2> fields_by_id{"code", "device_token"};

void expect(
    std::vector<field_problem>& errors,
    const client_body& body,
    const char* name,
    bool is_right,
    std::string_view expected
) {
    const auto* const word = body.has(name) ? "invalid_field" : "missing_field";
    if (!is_right)
        errors.push_back({name, word, "expected " + std::string(expected)});
}

void check_code_and_token(std::vector<field_problem>& errors, const client_body& body) {
    const auto code = body.text("code");
    expect(errors, body, "code", code && is_code(*code), "4 to 10 digits, as a text");
    const bool token = !body.has("device_token") || body.text("device_token");
    expect(errors, body, "device_token", token, "a text");
}

secret secret_text(const client_body& body, const char* name) {
    return secret(body.text(name).value_or(""));
}

}  // namespace

bool is_code(std::string_view text) {
    return text.size() >= min_code_length && text.size() <= max_code_length &&
           std::ranges::all_of(text, is_digit);
}

or_problem<number_check> read_number_check(const secret& text, std::string_view region) {
    const auto parsed = client_body::parse(text);
    if (!parsed)
        return parsed.error();
    const auto& body = *parsed;
    auto errors = body.unexpected(fields_by_number);
    auto number = phone_number::from_text(body.text("to").value_or(""), region);
    expect(errors, body, "to", number.has_value(), "a valid number in E.164 form");
    check_code_and_token(errors, body);
    const auto purpose = body.text("purpose").value_or("default");
    const bool named = !body.has("purpose") || (body.text("purpose") && is_short_name(purpose));
    expect(errors, body, "purpose", named, short_name_rule);
    if (!errors.empty())
        return invalid_request(std::move(errors));
    return number_check{
        std::move(*number),
        std::string(purpose),
        secret_text(body, "code"),
        secret_text(body, "device_token")};
}

or_problem<id_check> read_id_check(const secret& text) {
    const auto parsed = client_body::parse(text);
    if (!parsed)
        return parsed.error();
    const auto& body = *parsed;
    auto errors = body.unexpected(fields_by_id);
    check_code_and_token(errors, body);
    if (!errors.empty())
        return invalid_request(std::move(errors));
    return id_check{secret_text(body, "code"), secret_text(body, "device_token")};
}

}  // namespace otp
