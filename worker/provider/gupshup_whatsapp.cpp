#include "worker/provider/gupshup_whatsapp.hpp"

#include "common/core/ascii.hpp"
#include "common/http/form.hpp"
#include "common/http/url.hpp"
#include "worker/provider/answer.hpp"
#include "worker/provider/form_request.hpp"
#include "worker/provider/parameter_json.hpp"
#include "worker/provider/request_head.hpp"

#include <algorithm>
#include <stdexcept>

namespace otp {

namespace {

http::url url_of(const gupshup_whatsapp_settings& settings) {
    if (!settings.whatsapps())
        throw std::invalid_argument("GUPSHUP_API_KEY is missing");
    require_sound(faults_of(settings));
    return *http::parse_url(settings.api_url);
}

secret head_of(const gupshup_whatsapp_settings& settings) {
    const secret line = join_secret({"apikey: ", settings.api_key.reveal()});
    return form_request_head(line.reveal());
}

bool mentions(std::string_view text, std::string_view word) {
    const auto same = [](char a, char b) { return to_lower(a) == b; };
    return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

// A 400 has no code; its wording alone tells a bad number from a bad template or app name.
bool blames_the_number(const rapidjson::Value& body) {
    const std::string_view text = text_of(body, "message");
    return mentions(text, "destination") || mentions(text, "recipient");
}

constexpr error_row number_refused{
    "invalid_destination",
    told_in::answer,
    fault::number,
    false,
    false,
    true,
    "the number was refused"};

outcome read_submitted(unsigned status, const rapidjson::Value& body) {
    const std::string_view id = text_of(body, "messageId");
    if (text_of(body, "status") != "submitted")
        return unreadable(status, "unreadable_answer", "accepted without status submitted");
    if (!is_message_id(id))
        return unreadable(status, "missing_message_id", "submitted without a message id");
    return accepted(status, id);
}

}  // namespace

gupshup_whatsapp::gupshup_whatsapp(const gupshup_whatsapp_settings& settings)
    : origin_(url_of(settings).origin()),
      target_(url_of(settings).target),
      head_(head_of(settings)),
      source_(settings.source),
      src_name_(settings.src_name),
      template_id_(settings.template_id) {}

http::request gupshup_whatsapp::build(const message& what) const {
    const secret params = parameter_array(what.parameters);
    const secret filled =
        join_secret({R"({"id":")", template_id_, R"(","params":)", params.reveal(), "}"});
    const http::form_field fields[] = {
        {"channel", "whatsapp"},
        {"source", source_},
        {"destination", what.to.digits()},
        {"src.name", src_name_},
        {"template", filled.reveal()},
    };
    return form_request(target_, head_, fields, what.write_before);
}

outcome gupshup_whatsapp::classify(const http::call_result& result) const {
    if (!result)
        return judge_failure(result.error());
    const http::answer& answer = *result;
    const json_answer body(answer.body);

    outcome end;
    if (answer.status >= 200 && answer.status < 300)
        end = read_submitted(answer.status, body.root());
    else if (answer.status == 400 && blames_the_number(body.root()))
        end = judge_code(number_refused.code, number_refused, answer.status);
    else
        end = judge_status(answer.status);
    end.retry_after = answer.retry_after;
    return end;
}

}  // namespace otp
