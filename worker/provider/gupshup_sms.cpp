#include "worker/provider/gupshup_sms.hpp"

#include "common/core/ascii.hpp"
#include "common/http/form.hpp"
#include "common/http/url.hpp"
#include "worker/provider/answer.hpp"
#include "worker/provider/form_request.hpp"
#include "worker/provider/request_head.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace otp {

namespace {

http::url url_of(const gupshup_sms_settings& settings) {
    if (!settings.texts())
        throw std::invalid_argument("GUPSHUP_SMS_USERID is missing");
    require_sound(faults_of(settings));
    return *http::parse_url(settings.api_url);
}

// The words of one answer, in either of its two forms. Views into the answer's body.
struct gateway_words {
    std::string_view status;  // "success" or "error", in any case
    std::string_view id;      // the message id, or the error code
};

// {"response":{"id":…,"phone":…,"details":…,"status":…}}
std::optional<gateway_words> read_json(const rapidjson::Value& body) {
    const rapidjson::Value* response = member(body, "response");
    if (!response || text_of(*response, "status").empty())
        return std::nullopt;
    return gateway_words{text_of(*response, "status"), text_of(*response, "id")};
}

constexpr std::string_view blanks = " \t\r\n";

// "success | phone | id" or "error | code | text", where the text may hold bars too.
gateway_words read_text(std::string_view body) {
    std::array<std::string_view, 3> parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::size_t bar = i + 1 < parts.size() ? body.find('|') : std::string_view::npos;
        parts[i] = trimmed(body.substr(0, bar), blanks);
        body = bar == std::string_view::npos ? std::string_view() : body.substr(bar + 1);
    }
    return {parts[0], equals_ignoring_case(parts[0], "success") ? parts[2] : parts[1]};
}

outcome judge_words(const gateway_words& words, unsigned status) {
    if (equals_ignoring_case(words.status, "success")) {
        if (!is_message_id(words.id))
            return unreadable(status, "missing_message_id", "success without a message id");
        return accepted(status, words.id);
    }
    if (!equals_ignoring_case(words.status, "error"))
        return unreadable(status, "unreadable_answer", "neither success nor error in the answer");
    const error_row& row = gupshup_sms_errors().in_answer(words.id);
    return judge_code(is_error_code(words.id) ? words.id : "unknown_code", row, status);
}

}  // namespace

gupshup_sms::gupshup_sms(const gupshup_sms_settings& settings)
    : origin_(url_of(settings).origin()),
      target_(url_of(settings).target),
      head_(form_request_head({})),
      password_(settings.password.clone()),
      userid_(settings.userid),
      mask_(settings.mask),
      entity_id_(settings.entity_id),
      template_id_(settings.template_id) {}

http::request gupshup_sms::build(const message& what) const {
    std::vector<http::form_field> fields{
        {"method", "SendMessage"},
        {"userid", userid_},
        {"password", password_.reveal()},
        {"auth_scheme", "plain"},
        {"v", "1.1"},
        {"format", "json"},
        {"send_to", what.to.digits()},
        {"msg_type", what.needs_unicode ? "UNICODE_TEXT" : "TEXT"},
        {"msg", what.text.reveal()},
    };
    const http::form_field optional[] = {
        {"mask", mask_},
        {"principalEntityId", entity_id_},
        {"dltTemplateId", template_id_}};
    for (const http::form_field& field : optional)
        if (!field.value.empty())
            fields.push_back(field);

    return form_request(target_, head_, fields, what.write_before);
}

outcome gupshup_sms::classify(const http::call_result& result) const {
    if (!result)
        return judge_failure(result.error());
    const http::answer& answer = *result;
    outcome end;
    if (answer.status >= 200 && answer.status < 300) {
        const json_answer body(answer.body);
        const auto words = read_json(body.root());
        end = judge_words(words ? *words : read_text(answer.body.reveal()), answer.status);
    } else {
        end = judge_status(answer.status);
    }
    end.retry_after = answer.retry_after;
    return end;
}

}  // namespace otp
