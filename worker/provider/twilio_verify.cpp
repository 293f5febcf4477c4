#include "worker/provider/twilio_verify.hpp"

#include "common/core/rfc3339.hpp"
#include "common/http/form.hpp"
#include "common/http/url.hpp"
#include "common/provider/twilio_sid.hpp"
#include "worker/provider/answer.hpp"
#include "worker/provider/form_request.hpp"
#include "worker/provider/request_head.hpp"
#include "worker/provider/twilio.hpp"
#include "worker/provider/twilio_answer.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

namespace otp {

namespace {

http::url verify_api_of(const twilio_settings& settings) {
    if (!settings.verifies())
        throw std::invalid_argument("TWILIO_VERIFY_SERVICE_SID is missing");
    require_sound(faults_of(settings));
    return *http::parse_url(settings.verify_api_url);
}

std::string verifications_of(const twilio_settings& settings) {
    std::string path = verify_api_of(settings).target;
    while (path.ends_with('/'))
        path.pop_back();
    return path + "/v2/Services/" + settings.verify_service_sid + "/Verifications";
}

// What a person reads is one text, and Verify does not say how many parts it has.
std::optional<int> segments_by(channel by) {
    return by == channel::sms ? std::optional(1) : std::nullopt;
}

// A verification that was over as it was made has sent nothing.
bool is_over(std::string_view state) {
    return state == "failed" || state == "canceled" || state == "expired" || state == "deleted" ||
           state == "max_attempts_reached";
}

outcome read_created(unsigned status, const rapidjson::Value& body, channel by) {
    const std::string_view sid = text_of(body, "sid");
    if (!is_twilio_sid(sid, "VE"))
        return unreadable(status, "missing_message_id", "accepted without a verification SID");
    if (const std::string_view state = text_of(body, "status"); is_over(state)) {
        outcome end = judge_code(state, twilio_errors().unknown_in_receipt, status);
        end.provider_message_id = sid;
        return end;
    }
    outcome end = accepted(status, sid);
    end.segments = segments_by(by);
    return end;
}

// 60200 is one code for every parameter. Its message names the one; where that is the number, it is
// the number's fault, not ours.
bool blames_number(const rapidjson::Value& body) {
    const std::string_view text = text_of(body, "message");
    return text.find("`To`") != std::string_view::npos ||
           text.find("'To'") != std::string_view::npos;
}

outcome read_refused(unsigned status, const rapidjson::Value& body) {
    outcome end = read_twilio_error(status, body);
    if (end.error_code == "60200" && end.why == fault::config && blames_number(body)) {
        end.why = fault::number;
        end.detail = "Verify: number not valid";
    }
    return end;
}

bool was_sent_since(const rapidjson::Value& body, std::chrono::system_clock::time_point since) {
    const rapidjson::Value* attempts = member(body, "send_code_attempts");
    if (attempts == nullptr || !attempts->IsArray())
        return false;
    for (const auto& one : attempts->GetArray()) {
        const auto at = parse_rfc3339(text_of(one, "time"));
        if (at && *at >= std::chrono::floor<std::chrono::seconds>(since))
            return true;
    }
    return false;
}

}  // namespace

twilio_verify::twilio_verify(const twilio_settings& settings, channel by)
    : by_(by),
      origin_(verify_api_of(settings).origin()),
      target_(verifications_of(settings)),
      head_(form_request_head(twilio_authorization(settings).reveal())),
      look_up_head_(request_head(twilio_authorization(settings).reveal())) {
    if (by != channel::sms && by != channel::whatsapp)
        throw std::invalid_argument("Twilio Verify is asked for SMS and WhatsApp only");
}

std::string twilio_verify::verification_of(const phone_number& to) const {
    return target_ + "/%2B" + std::string(to.digits());
}

std::optional<http::request> twilio_verify::build_preparation(const message& what) const {
    const std::vector<http::form_field> fields{{"Status", "canceled"}};
    return form_request(verification_of(what.to), head_, fields, what.write_before);
}

std::optional<outcome> twilio_verify::read_preparation(const http::call_result& result) const {
    if (result && (result->status == 404 || (result->status >= 200 && result->status < 300)))
        return std::nullopt;
    outcome end = read_twilio_answer(result);
    if (end.end == attempt_end::in_doubt) {  // of what was ended; no text can have gone
        end.end = attempt_end::not_sent;
        end.why = fault::temporary;
    }
    return end;
}

// The text is Verify's, and so is its life: there is no field for a validity, and none for a
// callback.
http::request twilio_verify::build(const message& what) const {
    const std::string tags = R"({"attempt":")" + to_string(what.request_id) + "/" +
                             std::to_string(what.attempt) + R"("})";
    std::vector<http::form_field> fields{
        {"To", what.to.e164()},
        {"Channel", to_string(by_)},
        {"CustomCode", what.code.reveal()},
        {"Tags", tags}};
    if (const std::string_view locale = verify_locale(what.locale); !locale.empty())
        fields.push_back({"Locale", locale});

    return form_request(target_, head_, fields, what.write_before);
}

outcome twilio_verify::classify(const http::call_result& result) const {
    const auto created = [this](unsigned status, const rapidjson::Value& body) {
        return read_created(status, body, by_);
    };
    return read_twilio_answer(result, created, read_refused);
}

std::optional<http::request> twilio_verify::build_look_up(const doubtful& what) const {
    http::request request;
    request.method = "GET";
    request.target = verification_of(what.to);
    request.head = look_up_head_.reveal();
    return request;
}

// A verification that is not there says nothing: the one asked for may be on its way yet, or was
// ended by a later text to the number.
std::optional<outcome> twilio_verify::read_look_up(
    const http::call_result& result,
    const doubtful& what
) const {
    if (!result || result->status != 200)
        return std::nullopt;
    const json_answer body(result->body);
    if (text_of(body.root(), "status") != "pending" || !was_sent_since(body.root(), what.since))
        return std::nullopt;
    outcome end = read_created(result->status, body.root(), by_);
    return end.end == attempt_end::accepted ? std::optional(std::move(end)) : std::nullopt;
}

}  // namespace otp
