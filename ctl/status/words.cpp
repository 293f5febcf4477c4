#include "ctl/status/words.hpp"

#include "common/provider/error_table.hpp"

#include <algorithm>
#include <iterator>

namespace otp {

namespace {

struct word {
    std::string_view name;
    std::string_view meaning;
};

constexpr word own_codes[] = {
    {"unreachable", "no connection to it could be made, nothing was sent"},
    {"no_answer", "it did not answer within 10 s"},
    {"lost_answer", "its answer was cut off"},
    {"unreadable_answer", "its answer could not be read"},
    {"missing_message_id", "its answer named no message"},
    {"invalid_destination", "it cannot send to this number"},
    {"unknown_code", "an error that it did not name"},
    {"provider_not_configured", "this worker has no such provider"},
    {"worker_stopping", "the worker was stopped before it sent anything"},
    {"unknown_code_key", "the worker lacks the key of the code"},
    {"lease_over", "the database was away until it was too late to write safely"},
    {"no_room", "it rests, is paused or has calls enough"},
    {"expired", "the code had under 30 s of life left"},
};

constexpr word reasons[] = {
    {"expired", "the code was too old, or had under 30 s to live, before a text could go out"},
    {"in_doubt", "nobody could tell in time whether a text had gone out"},
    {"superseded", "a newer request for the same number and purpose took its place"},
    {"verification_settled",
     "its verification was over (approved, expired or closed) before the text was due"},
    {"resend_too_soon", "the pause since the last text was not over"},
    {"limit_number", "too many texts to this number"},
    {"limit_ip",
     "too many texts were asked for from this address (60 an hour unless set otherwise)"},
    {"limit_user", "this user asked for too many texts"},
    {"limit_tenant", "the tenant's own rate was spent"},
    {"limit_country", "the tenant's rate for this country was spent"},
    {"abuse_country", "too few texts to this country were followed by the right code"},
    {"abuse_ip", "too few texts asked for from this network were followed by the right code"},
    {"country_not_allowed", "the country of this number is not among those that may be texted"},
    {"number_type_not_allowed",
     "numbers of this kind (premium rate, shared cost, toll-free, fixed line) are not texted"},
    {"no_provider_for_channel", "no provider is configured for a channel that the request allows"},
    {"no_provider_left", "no other provider may be asked"},
    {"attempts_spent", "four attempts were made, or a minute passed since the first"},
    {"not_storable", "the database refused the request"},
    {"unknown_template", "there is no such template"},
    {"unknown_variable", "its template has no such variable"},
    {"missing_variable", "a variable that its template needs was not given"},
    {"invalid_number", "the number is not a valid one"},
    {"requested_in_future", "the producer's clock is ahead"},
};

std::string_view meaning_in(std::string_view name, const word* begin, const word* end) {
    const auto* found = std::find_if(begin, end, [&](const word& w) { return w.name == name; });
    return found == end ? std::string_view() : found->meaning;
}

std::string_view meaning_of(
    std::string_view provider,
    std::string_view channel,
    std::string_view code
) {
    const auto meaning_by = [&](const error_table& table) {
        const auto* row = table.find(code);
        return row == nullptr ? std::string_view() : row->meaning;
    };
    if (const auto own = meaning_in(code, std::begin(own_codes), std::end(own_codes)); !own.empty())
        return own;
    if (provider == "twilio" || provider == "twilio_verify")
        return meaning_by(twilio_errors());
    if (channel == "whatsapp")
        return meaning_by(gupshup_whatsapp_errors());
    const auto in_answer = meaning_by(gupshup_sms_errors());
    return in_answer.empty() ? meaning_by(gupshup_sms_report_errors()) : in_answer;
}

}  // namespace

std::string name_of(std::string_view provider) {
    if (provider == "twilio")
        return "Twilio";
    if (provider == "gupshup")
        return "Gupshup";
    if (provider == "twilio_verify")
        return "Twilio Verify";
    return provider.empty() ? "no provider" : std::string(provider);
}

std::string code_in_words(
    std::string_view provider,
    std::string_view channel,
    std::string_view code
) {
    if (code.starts_with("http_"))
        return "HTTP status " + std::string(code.substr(5));
    const auto meaning = meaning_of(provider, channel, code);
    if (code.empty() || meaning.empty())
        return code.empty() ? "no error code" : std::string(code);
    return std::string(code) + " (" + std::string(meaning) + ")";
}

std::string reason_in_words(std::string_view reason) {
    const auto meaning = meaning_in(reason, std::begin(reasons), std::end(reasons));
    return std::string(meaning.empty() ? reason : meaning);
}

}  // namespace otp
