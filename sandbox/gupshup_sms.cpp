#include "sandbox/gupshup_sms.hpp"

#include "common/core/ascii.hpp"
#include "sandbox/gsm7.hpp"
#include "sandbox/magic_numbers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace otp::sandbox {

namespace {

// A refusal of the gateway; https://docs.gupshup.io/docs/error-codes
struct fault {
    std::string_view code;  // empty: none
    std::string details;
};

answer wrapped(bool json, std::string_view text_form, std::string_view json_form) {
    answer says;
    says.content_type = json ? "application/json" : "text/plain; charset=utf-8";
    says.body = json ? json_form : text_form;
    return says;
}

// `details` holds nothing that JSON would want escaped.
answer error(bool json, const fault& what) {
    const std::string code(what.code);
    return wrapped(
        json,
        "error | " + code + " | " + what.details,
        R"({"response":{"id":")" + code + R"(","phone":"","details":")" + what.details +
            R"(","status":"error"}})"
    );
}

answer success(bool json, const std::string& phone, const std::string& id) {
    return wrapped(
        json,
        "success | " + phone + " | " + id,
        R"({"response":{"id":")" + id + R"(","phone":")" + phone +
            R"(","details":"","status":"success"}})"
    );
}

answer http_error(unsigned status) {
    answer says;
    says.status = status;
    says.content_type = "text/html";
    says.body = "<html><body><h1>" + std::to_string(status) + "</h1></body></html>";
    return says;
}

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_mask(std::string_view text) {
    return text.size() == 6 && std::ranges::all_of(text, is_letter);
}

fault missing(std::string_view name) {
    return {"101", "The parameter " + std::string(name) + " is required"};
}

fault wrong_caller(const fields& form, const gupshup_gateway& gateway) {
    static constexpr std::array
        needed{"method", "userid", "password", "auth_scheme", "v", "send_to", "msg", "msg_type"};
    for (const auto* name : needed)
        if (form_value(form, name).empty())
            return missing(name);
    if (!equals_ignoring_case(form_value(form, "method"), "SendMessage"))
        return {"106", "The method is not supported"};
    const auto version = form_value(form, "v");
    if (version != "1.1" && version != "1.0")
        return {"107", "The version is unknown: it must be 1.0 or 1.1"};
    if (!equals_ignoring_case(form_value(form, "auth_scheme"), "plain"))
        return {"101", "The parameter auth_scheme must be plain"};
    const auto user = form_value(form, "userid");
    if (!is_digits(user) || user != gateway.user_id)
        return {"103", "The user does not exist"};
    if (!gateway.password.equals(form_value(form, "password")))
        return {"102", "Authentication failed due to invalid userId or password"};
    return {};
}

fault wrong_sender(const fields& form, const gupshup_gateway& gateway, bool to_india) {
    const auto* mask = find(form, "mask");
    if (mask == nullptr && to_india && !gateway.mask.empty())
        return missing("mask");
    if (mask != nullptr && (!is_mask(*mask) || (!gateway.mask.empty() && *mask != gateway.mask)))
        return {"108", "The mask is invalid"};
    if (!to_india)
        return {};
    if (!gateway.entity_id.empty() && form_value(form, "principalEntityId") != gateway.entity_id)
        return missing("principalEntityId");
    if (!gateway.template_id.empty() && form_value(form, "dltTemplateId") != gateway.template_id)
        return missing("dltTemplateId");
    return {};
}

fault wrong_message(const fields& form, const gupshup_gateway& gateway, message& send) {
    const auto to = form_value(form, "send_to");
    if (!is_number_digits(to))
        return {"105", "The phone number is invalid"};
    const auto type = form_value(form, "msg_type");
    const bool unicode = equals_ignoring_case(type, "UNICODE_TEXT");
    if (!unicode && !equals_ignoring_case(type, "TEXT"))
        return {"101", "The parameter msg_type must be TEXT or UNICODE_TEXT"};
    if (auto wrong = wrong_sender(form, gateway, to.starts_with("91")); !wrong.code.empty())
        return wrong;
    send.to = "+" + std::string(to);
    send.from = form_value(form, "mask");
    const auto text = form_value(form, "msg");
    send.text = unicode ? std::string(text) : as_gsm7(text);
    return {};
}

// How the gateway tells this outcome: at once, or with the report's code.
struct gateway_words {
    unsigned http_status = 200;
    std::string_view refusal;
    std::string_view receipt_code;
};

gateway_words words_for(lesson what) {
    switch (what) {
    case lesson::refused_number:
        return {200, "105", {}};
    case lesson::account_fault:
        return {200, "102", {}};
    case lesson::message_fault:
        return {200, "108", {}};
    case lesson::slow_down:
        return {200, "322", {}};
    case lesson::server_error:
    case lesson::server_error_accepted:
        return {500, {}, {}};
    case lesson::unavailable:
        return {503, {}, {}};
    case lesson::blocked:
        return {200, {}, "007"};
    case lesson::wrong_channel:
        return {200, {}, "001"};
    case lesson::undelivered:
        return {200, {}, "005"};
    case lesson::failed:
        return {200, {}, "006"};
    default:
        return {};
    }
}

reply practised(lesson what, bool json, const std::shared_ptr<message>& send) {
    const auto words = words_for(what);
    auto way = course_of(what);
    if (!words.receipt_code.empty())
        way = {true, line_fault::none, {status::undelivered, words.receipt_code}};
    if (what == lesson::failed)
        way.goes_on.end = status::failed;
    send->goes_on = way.goes_on;
    reply end{success(json, send->to.substr(1), send->id), nullptr, way.line};
    if (way.accepted)
        end.accepted = send;
    if (words.http_status != 200)
        end.says = http_error(words.http_status);
    else if (!words.refusal.empty())
        end.says = error(json, {words.refusal, "Refused, as this magic number asks"});
    return end;
}

}  // namespace

reply gupshup_sms_send(
    const std::optional<gupshup_gateway>& gateway,
    const request& what,
    bool is_post,
    ids& new_ids,
    moment now
) {
    const auto body = is_form(what.content_type) ? what.body : std::string_view();
    const auto form = read_form(is_post ? body : what.query);
    if (!form)
        return {error(false, {"101", "The form encoding is not valid"}), nullptr};
    const bool json = equals_ignoring_case(form_value(*form, "format"), "json");
    if (!gateway)
        return {
            error(json, {"103", "The sandbox was started without GUPSHUP_SMS_USERID"}),
            nullptr};
    auto send = std::make_shared<message>();
    if (const auto wrong = wrong_caller(*form, *gateway); !wrong.code.empty())
        return {error(json, wrong), nullptr};
    if (const auto wrong = wrong_message(*form, *gateway, *send); !wrong.code.empty())
        return {error(json, wrong), nullptr};
    send->at = now;
    send->by = service::gupshup_sms;
    send->via = channel::sms;
    send->id = new_ids.gateway_id();
    send->callback_url = gateway->webhook_url;
    if (const auto taught = lesson_of(service::gupshup_sms, send->to))
        return practised(*taught, json, send);
    return {success(json, send->to.substr(1), send->id), std::move(send), line_fault::none};
}

answer gupshup_sms_server_error() {
    return http_error(500);
}

}  // namespace otp::sandbox
