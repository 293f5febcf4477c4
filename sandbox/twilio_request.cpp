#include "sandbox/twilio_request.hpp"

#include "common/core/ascii.hpp"
#include "common/provider/twilio_sid.hpp"
#include "sandbox/answer.hpp"
#include "sandbox/callback_url.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

namespace otp::sandbox {

namespace {

constexpr std::string_view whatsapp = "whatsapp:";

// Twilio's test numbers; https://www.twilio.com/docs/iam/test-credentials
struct test_number {
    std::string_view number;
    int code;
};
constexpr std::string_view valid_test_sender = "+15005550006";
constexpr std::array test_senders{
    test_number{"+15005550001", 21212},
    test_number{"+15005550007", 21606},
    test_number{"+15005550008", 21611},
};
constexpr std::array test_recipients{
    test_number{"+15005550001", 21211},
    test_number{"+15005550002", 21612},
    test_number{"+15005550003", 21408},
    test_number{"+15005550004", 21610},
    test_number{"+15005550009", 21614},
};

int test_code(std::span<const test_number> numbers, std::string_view number) {
    const auto row = std::find_if(numbers.begin(), numbers.end(), [&](const auto& one) {
        return one.number == number;
    });
    return row == numbers.end() ? 0 : row->code;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

bool is_short_code(std::string_view text) {
    return text.size() >= 3 && text.size() <= 8 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Up to 11 of A-Z a-z 0-9 and blanks, at least one of them a letter.
bool is_sender_name(std::string_view text) {
    bool letter = false;
    for (const char c : text) {
        if (!is_alphanumeric(c) && c != ' ')
            return false;
        letter = letter || is_letter(c);
    }
    return letter && text.size() <= 11;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<int> whole_number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

int wrong_recipient(const fields& form, twilio_send& send) {
    std::string_view to = form_value(form, "To");
    if (to.empty())
        return 21604;
    if (take_prefix(to, whatsapp))
        send.via = channel::whatsapp;
    if (!is_e164(to))
        return 21211;
    send.to = to;
    return test_code(test_recipients, to);
}

int wrong_service(const twilio_account& account, const twilio_send& send) {
    if (!is_twilio_sid(send.messaging_service_sid, "MG"))
        return 21705;
    const bool known = account.messaging_service_sid.empty() ||
                       account.messaging_service_sid == send.messaging_service_sid;
    return known ? 0 : 21701;
}

int wrong_whatsapp_sender(const twilio_account& account, const twilio_send& send) {
    std::string_view own = account.whatsapp_number;
    take_prefix(own, whatsapp);
    if (!is_e164(send.from))
        return 21212;
    return own.empty() || own == send.from ? 0 : 63007;
}

int wrong_sms_sender(const twilio_account& account, const twilio_send& send) {
    if (!is_e164(send.from) && !is_short_code(send.from) && !is_sender_name(send.from))
        return 21212;
    if (const int code = test_code(test_senders, send.from))
        return code;
    const bool own = account.phone_number.empty() || send.from == account.phone_number ||
                     send.from == valid_test_sender;
    return own ? 0 : 21606;
}

int wrong_sender(const fields& form, const twilio_account& account, twilio_send& send) {
    std::string_view from = form_value(form, "From");
    send.messaging_service_sid = form_value(form, "MessagingServiceSid");
    if (from.empty() && send.messaging_service_sid.empty())
        return 21603;
    if (!send.messaging_service_sid.empty())
        if (const int code = wrong_service(account, send))
            return code;
    if (from.empty())
        return 0;
    if (take_prefix(from, whatsapp) != (send.via == channel::whatsapp))
        return 21212;
    send.from = from;
    if (send.from == send.to)
        return 21211;
    return send.via == channel::whatsapp ? wrong_whatsapp_sender(account, send)
                                         : wrong_sms_sender(account, send);
}

// The first variable of a JSON object of texts; empty where it is anything else.
std::optional<std::string> first_variable(const std::string& json) {
    rapidjson::Document variables;
    // Iterative: no depth of brackets uses up the stack.
    variables.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
    if (variables.HasParseError() || !variables.IsObject())
        return std::nullopt;
    for (const auto& one : std::as_const(variables).GetObject())
        if (!one.value.IsString())
            return std::nullopt;
    if (!variables.HasMember("1"))
        return std::nullopt;
    const auto& first = variables["1"];
    return std::string(first.GetString(), first.GetStringLength());
}

int wrong_template(const fields& form, const twilio_account& account, twilio_send& send) {
    const auto sid = form_value(form, "ContentSid");
    if (!is_twilio_sid(sid, "HX") || (!account.content_sid.empty() && account.content_sid != sid))
        return 21655;
    const auto* variables = find(form, "ContentVariables");
    const auto code = variables == nullptr ? std::nullopt : first_variable(*variables);
    if (!code)
        return 21656;
    send.text = filled_template(*code);
    send.by_template = true;
    return 0;
}

int wrong_content(const fields& form, const twilio_account& account, twilio_send& send) {
    if (!form_value(form, "ContentSid").empty())
        return wrong_template(form, account, send);
    if (find(form, "ContentVariables") != nullptr)
        return 21654;
    send.text = form_value(form, "Body");
    if (send.text.empty() && form_value(form, "MediaUrl").empty())
        return 21602;
    return characters(send.text) > 1600 ? 21617 : 0;
}

int wrong_option(const fields& form, twilio_send& send) {
    if (const auto* validity = find(form, "ValidityPeriod")) {
        const auto seconds = whole_number(*validity);
        if (!seconds || *seconds < 1 || *seconds > 36000)
            return 21624;
    }
    send.callback_url = form_value(form, "StatusCallback");
    if (!send.callback_url.empty() && !read_callback_url(send.callback_url))
        return 21609;
    for (const auto& [name, value] : form) {
        if (is_one_of(name, {"SmartEncoded", "ProvideFeedback", "ShortenUrls", "SendAsMms"}) &&
            !is_one_of(value, {"true", "false"}))
            return 20001;
        if (name == "ContentRetention" && !is_one_of(value, {"retain", "discard"}))
            return 20001;
        if (name == "AddressRetention" && !is_one_of(value, {"retain", "obfuscate"}))
            return 20001;
        if (name == "RiskCheck" && !is_one_of(value, {"enable", "disable"}))
            return 20001;
        if (name == "Attempt" && whole_number(value).value_or(0) < 1)
            return 20001;
    }
    return 0;
}

}  // namespace

boost::system::result<twilio_send, int> read_twilio_send(
    const fields& form,
    const twilio_account& account
) {
    twilio_send send;
    if (const int code = wrong_recipient(form, send))
        return code;
    if (const int code = wrong_sender(form, account, send))
        return code;
    if (const int code = wrong_content(form, account, send))
        return code;
    if (const int code = wrong_option(form, send))
        return code;
    return send;
}

}  // namespace otp::sandbox
