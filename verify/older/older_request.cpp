#include "verify/older/older_request.hpp"

#include "common/json/json_writer.hpp"
#include "verify/older/older_answer.hpp"

namespace otp::older {

namespace {

or_problem<std::vector<channel>> channels_of(const client_body& body) {
    if (!body.has("channel"))
        return std::vector<channel>();
    const auto by = parse_channel(body.text("channel").value_or(""));
    if (!by)
        return invalid_request(
            {{"channel", "invalid_field", "channel: expected sms, whatsapp, voice or email"}}
        );
    if (*by != channel::sms && *by != channel::whatsapp)
        return problem(
            400,
            "no_provider_for_channel",
            "channel: no provider here can send by " + std::string(to_string(*by))
        );
    return std::vector<channel>{*by};
}

problem wrong_number() {
    return invalid_request(
        {{"phone_number",
          "invalid_number",
          "phone_number: expected a valid number with + and country code"}}
    );
}

std::optional<std::string_view> written_code(const client_body& body) {
    for (const char* name : {"otp", "otp_code", "code"})
        if (body.has(name))
            return body.text(name);
    return std::nullopt;
}

problem wrong_field(std::string_view name, std::string_view word, std::string_view expected) {
    const auto detail = std::string(name) + ": expected " + std::string(expected);
    return invalid_request({{std::string(name), std::string(word), detail}});
}

}  // namespace

or_problem<send_job> read_send(
    const client_body& body,
    std::string_view idempotency_key,
    const std::string& tenant,
    const send_defaults& defaults,
    std::chrono::system_clock::time_point now
) {
    auto number = phone_number::from_text(written_number(body).value_or(""), defaults.region);
    if (!number)
        return wrong_number();
    auto channels = channels_of(body);
    if (!channels)
        return channels.error();
    auto purpose = purpose_of(body);
    if (!purpose)
        return purpose.error();
    const auto id = request_id_of(idempotency_key);
    if (!id)
        return id.error();
    return send_job{
        .request_id = *id,
        .tenant = tenant,
        .to = std::move(*number),
        .purpose = std::move(*purpose),
        .channels = std::move(*channels),
        .template_name = "otp",
        .locale = {},
        .variables = {},
        .ttl = defaults.code.ttl,
        .code_length = defaults.code.code_length,
        .requested_at = now,
        .user = {},
        .client_ip = {}};
}

or_problem<older_check> read_check(const secret& text, std::string_view region) {
    const auto parsed = client_body::parse(text);
    if (!parsed)
        return parsed.error();
    const auto& body = *parsed;
    auto number = phone_number::from_text(written_number(body).value_or(""), region);
    if (!number)
        return wrong_field("phone_number", "invalid_number", "a valid number with country code");
    const auto code = written_code(body);
    if (!code || !is_code(*code))
        return wrong_field("otp", "invalid_field", "4 to 10 digits, as a text");
    auto purpose = purpose_of(body);
    if (!purpose)
        return purpose.error();
    std::string written(*written_number(body));
    number_check asked{std::move(*number), std::move(*purpose), secret(*code), {}};
    return older_check{std::move(written), std::move(asked)};
}

http::server_answer verified_answer(std::string_view written) {
    json_writer body;
    body.member("success", true).member("message", "the number is verified");
    body.member("status", "approved").member("valid", true).member("verified", true);
    body.open_object("data").member("phone_number", written).close_object();
    http::server_answer answer;
    answer.body = body.take();
    return answer;
}

}  // namespace otp::older
