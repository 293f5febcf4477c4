#include "sandbox/verify_request.hpp"

#include "sandbox/twilio_errors.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace otp::sandbox {

namespace {

using wrong = std::optional<answer>;

// https://www.twilio.com/docs/verify/supported-languages
constexpr std::array<std::string_view, 41> languages{
    "af", "ar",    "ca", "zh", "zh-HK", "hr", "cs", "da", "nl", "en", "en-GB", "et", "fi", "fr",
    "de", "el",    "he", "hi", "hu",    "id", "it", "ja", "kn", "ko", "lt",    "ms", "mr", "nb",
    "pl", "pt-BR", "pt", "ro", "ru",    "sk", "es", "sv", "tl", "te", "th",    "tr", "vi"};

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

// A JSON object of at most so many texts of at most 128 characters.
bool is_object_of_texts(const std::string& json, std::size_t most) {
    rapidjson::Document read;
    // Iterative: no depth of brackets uses up the stack.
    read.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
    if (read.HasParseError() || !read.IsObject() || read.MemberCount() > most)
        return false;
    return std::all_of(read.MemberBegin(), read.MemberEnd(), [](const auto& one) {
        return one.value.IsString() && one.name.GetStringLength() <= 128 &&
               one.value.GetStringLength() <= 128;
    });
}

wrong wrong_recipient(const fields& form, verify_send& send) {
    send.to = form_value(form, "To");
    return is_e164(send.to) ? std::nullopt : wrong(twilio_invalid("To"));
}

wrong wrong_channel(const fields& form, verify_send& send) {
    const auto name = form_value(form, "Channel");
    if (is_one_of(name, {"call", "email", "sna", "auto", "rcs"}))
        return twilio_error(60223);
    if (name != "sms" && name != "whatsapp")
        return twilio_invalid("Channel");
    send.via = name == "sms" ? channel::sms : channel::whatsapp;
    return std::nullopt;
}

wrong wrong_code(const fields& form, verify_send& send) {
    const auto* code = find(form, "CustomCode");
    if (code == nullptr)
        return std::nullopt;
    if (const auto length = characters(*code); length < 4 || length > 10)
        return twilio_invalid("CustomCode");
    send.code = *code;
    return std::nullopt;
}

wrong wrong_option(const fields& form, const verify_send& send) {
    for (const auto& [name, value] : form) {
        if (name == "Locale" &&
            std::find(languages.begin(), languages.end(), value) == languages.end())
            return twilio_error(20404);
        if (name == "AppHash" && send.via != channel::sms)
            return twilio_error(60602);
        if (name == "AppHash" && characters(value) != 11)
            return twilio_invalid("AppHash");
        if (name == "Tags" && !is_object_of_texts(value, 10))
            return twilio_invalid("Tags");
        if (name == "RateLimits" && !is_object_of_texts(value, 100))
            return twilio_invalid("RateLimits");
        if (name == "RiskCheck" && !is_one_of(value, {"enable", "disable"}))
            return twilio_invalid("RiskCheck");
    }
    return std::nullopt;
}

}  // namespace

boost::system::result<verify_send, answer> read_verify_send(const fields& form) {
    verify_send send;
    if (auto why = wrong_recipient(form, send))
        return std::move(*why);
    if (auto why = wrong_channel(form, send))
        return std::move(*why);
    if (auto why = wrong_code(form, send))
        return std::move(*why);
    if (auto why = wrong_option(form, send))
        return std::move(*why);
    return send;
}

}  // namespace otp::sandbox
