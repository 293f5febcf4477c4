#include "worker/provider/settings.hpp"

#include "common/core/ascii.hpp"
#include "common/http/url.hpp"
#include "common/provider/twilio_sid.hpp"

#include <algorithm>
#include <stdexcept>

namespace otp {

namespace {

// What may stand in a head line or a form without changing its meaning.
bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
}

bool is_token(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_digits(std::string_view text, std::size_t least, std::size_t most) {
    return text.size() >= least && text.size() <= most && std::ranges::all_of(text, is_digit);
}

bool is_e164(std::string_view text) {
    return text.starts_with('+') && is_digits(text.substr(1), 8, 15) && text[1] != '0';
}

// A number, a short code, or a sender name of up to 11 letters and digits.
bool is_sms_sender(std::string_view text) {
    return is_e164(text) || (text.size() <= 11 && std::ranges::all_of(text, [](char c) {
                                 return is_alphanumeric(c) || c == ' ';
                             }));
}

// Collects what is wrong, one sentence a rule.
class checker {
public:
    void must(bool good, std::string_view what) {
        if (!good)
            faults_.emplace_back(what);
    }

    void must_be_url(std::string_view url, std::string_view name) {
        const auto parsed = http::parse_url(url);
        if (!parsed)
            faults_.push_back(std::string(name) + ": " + parsed.error().text);
        else if (parsed->target.find('?') != std::string::npos)
            faults_.push_back(std::string(name) + " must not have a query");
    }

    // Where it is set.
    void must_be_sid(std::string_view text, std::string_view kind, std::string_view name) {
        if (!text.empty() && !is_twilio_sid(text, kind))
            faults_.push_back(
                std::string(name) + " must be " + std::string(kind) + " and 32 hexadecimal digits"
            );
    }

    setting_faults take() { return std::move(faults_); }

private:
    setting_faults faults_;
};

void check_account(const twilio_settings& s, checker& check) {
    check.must(!s.account_sid.empty(), "TWILIO_ACCOUNT_SID is missing");
    check.must_be_sid(s.account_sid, "AC", "TWILIO_ACCOUNT_SID");
    check.must(
        s.api_key.empty() == s.api_secret.empty(),
        "TWILIO_API_KEY and TWILIO_API_SECRET go together"
    );
    check.must(
        !s.auth_token.empty() || !s.api_key.empty(),
        "TWILIO_AUTH_TOKEN, or TWILIO_API_KEY with TWILIO_API_SECRET, is missing"
    );
    check.must_be_sid(s.api_key, "SK", "TWILIO_API_KEY");
    check.must(
        is_token(s.auth_token.reveal()),
        "TWILIO_AUTH_TOKEN must be visible ASCII characters"
    );
    check.must(
        is_token(s.api_secret.reveal()),
        "TWILIO_API_SECRET must be visible ASCII characters"
    );
}

void check_senders(const twilio_settings& s, checker& check) {
    check.must(
        is_sms_sender(s.phone_number),
        "TWILIO_PHONE_NUMBER must be + and 8 to 15 digits, a short code, or a sender name of at "
        "most 11 letters and digits"
    );
    check.must_be_sid(s.messaging_service_sid, "MG", "TWILIO_MESSAGING_SERVICE_SID");
    check.must(
        s.whatsapp_number.empty() == s.content_sid.empty(),
        "TWILIO_WHATSAPP_NUMBER and TWILIO_CONTENT_SID go together"
    );
    constexpr std::string_view prefix = "whatsapp:";
    check.must(
        s.whatsapp_number.empty() ||
            (s.whatsapp_number.starts_with(prefix) &&
             is_e164(std::string_view(s.whatsapp_number).substr(prefix.size()))),
        "TWILIO_WHATSAPP_NUMBER must be whatsapp:+ and 8 to 15 digits"
    );
    check.must_be_sid(s.content_sid, "HX", "TWILIO_CONTENT_SID");
    check.must_be_sid(s.verify_service_sid, "VA", "TWILIO_VERIFY_SERVICE_SID");
}

}  // namespace

bool gupshup_whatsapp_settings::whatsapps() const {
    return !api_key.empty() || !source.empty() || !src_name.empty() || !template_id.empty();
}

setting_faults faults_of(const twilio_settings& s) {
    const bool used = !s.account_sid.empty() || !s.auth_token.empty() || !s.api_key.empty() ||
                      !s.api_secret.empty() || s.texts() || s.whatsapps() || s.verifies();
    if (!used)
        return {};
    checker check;
    check_account(s, check);
    check_senders(s, check);
    check.must_be_url(s.api_url, "TWILIO_API_URL");
    check.must_be_url(s.verify_api_url, "TWILIO_VERIFY_API_URL");
    return check.take();
}

setting_faults faults_of(const gupshup_whatsapp_settings& s) {
    if (!s.whatsapps())
        return {};
    checker check;
    check.must(!s.api_key.empty(), "GUPSHUP_API_KEY is missing");
    check.must(is_token(s.api_key.reveal()), "GUPSHUP_API_KEY must be visible ASCII characters");
    check.must(
        is_digits(s.source, 8, 15),
        s.source.empty() ? "GUPSHUP_SOURCE is missing"
                         : "GUPSHUP_SOURCE must be 8 to 15 digits with the country code, without +"
    );
    check.must(!s.src_name.empty(), "GUPSHUP_SRC_NAME is missing");
    check.must(is_printable(s.src_name), "GUPSHUP_SRC_NAME must be printable ASCII characters");
    check.must(
        std::ranges::all_of(
            s.template_id,
            [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; }
        ),
        "GUPSHUP_TEMPLATE_ID must be letters, digits, - and _"
    );
    check.must(!s.template_id.empty(), "GUPSHUP_TEMPLATE_ID is missing");
    check.must_be_url(s.api_url, "GUPSHUP_API_URL");
    return check.take();
}

setting_faults faults_of(const gupshup_sms_settings& s) {
    checker check;
    if (!s.texts())
        return {};
    check.must(
        is_digits(s.userid, 1, 20),
        s.userid.empty() ? "GUPSHUP_SMS_USERID is missing" : "GUPSHUP_SMS_USERID must be digits"
    );
    check.must(!s.password.empty(), "GUPSHUP_SMS_PASSWORD is missing");
    check.must(
        s.mask.size() <= 11 && std::ranges::all_of(s.mask, is_alphanumeric),
        "GUPSHUP_SMS_MASK must be at most 11 letters and digits"
    );
    check.must(is_digits(s.entity_id, 0, 30), "GUPSHUP_SMS_ENTITY_ID must be digits");
    check.must(is_digits(s.template_id, 0, 30), "GUPSHUP_SMS_TEMPLATE_ID must be digits");
    check.must_be_url(s.api_url, "GUPSHUP_SMS_API_URL");
    return check.take();
}

void require_sound(const setting_faults& faults) {
    if (faults.empty())
        return;
    std::string all;
    for (const std::string& one : faults)
        all += (all.empty() ? "" : "; ") + one;
    throw std::invalid_argument(all);
}

}  // namespace otp
