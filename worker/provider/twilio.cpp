#include "worker/provider/twilio.hpp"

#include "common/http/url.hpp"
#include "worker/provider/form_request.hpp"
#include "worker/provider/parameter_json.hpp"
#include "worker/provider/request_head.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

namespace otp {

namespace {

// Connection overrides (twilio.com/docs/usage/webhooks/webhooks-connection-overrides): by default a
// callback is tried twice at most, and only after a failed connect.
constexpr std::string_view callback_overrides = "#rc=5&rp=all";

constexpr std::chrono::seconds longest_validity{36000};

http::url messages_api_of(const twilio_settings& settings) {
    require_sound(faults_of(settings));
    return *http::parse_url(settings.api_url);
}

std::string messages_of(const twilio_settings& settings) {
    std::string path = messages_api_of(settings).target;
    while (path.ends_with('/'))
        path.pop_back();
    return path + "/2010-04-01/Accounts/" + settings.account_sid + "/Messages.json";
}

// Twilio's authentication template has one variable, the code, which its button copies by itself: a
// second one would be refused (21656). https://www.twilio.com/docs/content/whatsappauthentication
std::span<const secret> variables_of(const message& what) {
    const std::span<const secret> all = what.parameters;
    const auto is_code = [&](const secret& one) { return one.equals(what.code.reveal()); };
    return all.size() == 2 && std::ranges::all_of(all, is_code) ? all.first(1) : all;
}

// An account texts one number at most ten times a day by the limits of begin; this leaves room for
// other tenants of it.
constexpr std::string_view look_up_page = "20";

}  // namespace

// The path keeps the account's SID also where an API key signs.
secret twilio_authorization(const twilio_settings& settings) {
    return settings.api_key.empty()
               ? basic_authorization(settings.account_sid, settings.auth_token.reveal())
               : basic_authorization(settings.api_key, settings.api_secret.reveal());
}

twilio_messages::twilio_messages(const twilio_settings& settings)
    : origin_(messages_api_of(settings).origin()),
      target_(messages_of(settings)),
      head_(form_request_head(twilio_authorization(settings).reveal())),
      look_up_head_(request_head(twilio_authorization(settings).reveal())) {}

http::request twilio_messages::request_with(
    std::vector<http::form_field> fields,
    const message& what
) const {
    using std::chrono::seconds;
    const auto validity =
        std::to_string(std::clamp(what.validity, seconds(1), longest_validity).count());
    fields.push_back({"ValidityPeriod", validity});  // a queued code dies rather than arrive late

    std::string callback;
    if (!what.callback_url.empty()) {
        callback = what.callback_url;
        callback += callback_overrides;
        fields.push_back({"StatusCallback", callback});
    }

    return form_request(target_, head_, fields, what.write_before);
}

// By number alone: DateSent leaves out what waits to be sent, and From what a messaging service
// sends.
std::optional<http::request> twilio_messages::build_look_up(const doubtful& what) const {
    const std::string to =
        by() == channel::whatsapp ? "whatsapp:" + what.to.e164() : what.to.e164();
    const std::vector<http::form_field> query{{"To", to}, {"PageSize", look_up_page}};
    http::request request;
    request.method = "GET";
    request.target = target_ + "?" + std::string(http::encode_form(query).reveal());
    request.head = look_up_head_.reveal();
    return request;
}

std::optional<outcome> twilio_messages::read_look_up(
    const http::call_result& result,
    const doubtful& what
) const {
    return read_twilio_list(result, what);
}

outcome twilio_messages::classify(const http::call_result& result) const {
    return read_twilio_answer(result);
}

twilio_sms::twilio_sms(const twilio_settings& settings)
    : twilio_messages(settings),
      from_(settings.phone_number),
      messaging_service_(settings.messaging_service_sid) {
    if (!settings.texts())
        throw std::invalid_argument("TWILIO_PHONE_NUMBER or TWILIO_MESSAGING_SERVICE_SID is "
                                    "missing: Twilio has no SMS sender");
}

http::request twilio_sms::build(const message& what) const {
    std::vector<http::form_field> fields{{"To", what.to.e164()}};
    if (!messaging_service_.empty())
        fields.push_back({"MessagingServiceSid", messaging_service_});
    if (!from_.empty())
        fields.push_back({"From", from_});
    fields.push_back({"Body", what.text.reveal()});
    return request_with(std::move(fields), what);
}

twilio_whatsapp::twilio_whatsapp(const twilio_settings& settings)
    : twilio_messages(settings),
      from_(settings.whatsapp_number),
      content_(settings.content_sid) {
    if (!settings.whatsapps())
        throw std::invalid_argument("TWILIO_WHATSAPP_NUMBER and TWILIO_CONTENT_SID are missing: "
                                    "Twilio has no WhatsApp sender");
}

http::request twilio_whatsapp::build(const message& what) const {
    const std::string to = "whatsapp:" + what.to.e164();
    const secret variables = parameter_object(variables_of(what));
    return request_with(
        {{"To", to},
         {"From", from_},
         {"ContentSid", content_},
         {"ContentVariables", variables.reveal()}},
        what
    );
}

}  // namespace otp
