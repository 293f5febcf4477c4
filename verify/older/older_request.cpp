#include "verify/older/older_request.hpp"

#include "common/json/json_writer.hpp"
#include "verify/older/older_answer.hpp"

#include <algorithm>

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

// A JSON number has lost the zeros before it.
secret with_zeros(std::uint64_t code, int length) {
    int digits = 1;
    for (auto rest = code; rest >= 10; rest /= 10)
        ++digits;
    auto text = secret::of_size(static_cast<std::size_t>(std::max(digits, length)));
    for (auto at = text.bytes().rbegin(); at != text.bytes().rend(); ++at, code /= 10)
        *at = static_cast<char>('0' + code % 10);
    return text;
}

// People copy a code with a blank before it, or write it in two groups.
secret without_blanks(std::string_view written) {
    const auto is_blank = [](char c) {
        return std::string_view(" \t\r\n").find(c) != std::string_view::npos;
    };
    const auto blanks = std::ranges::count_if(written, is_blank);
    auto text = secret::of_size(written.size() - static_cast<std::size_t>(blanks));
    std::ranges::remove_copy_if(written, text.bytes().begin(), is_blank);
    return text;
}

// Empty where there is none.
secret written_code(const client_body& body, int length) {
    for (const char* name : {"otp", "otp_code", "code"}) {
        if (const auto number = body.whole_number(name))
            return with_zeros(*number, length);
        if (body.has(name))
            return without_blanks(body.text(name).value_or(""));
    }
    return {};
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
    const send_defaults& defaults
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
        .ttl = defaults.code.ttl,
        .code_length = defaults.code.code_length};
}

or_problem<older_check> read_check(const secret& text, const send_defaults& defaults) {
    const auto parsed = client_body::parse(text);
    if (!parsed)
        return parsed.error();
    const auto& body = *parsed;
    auto written = written_number(body).value_or("");
    auto number = phone_number::from_text(written, defaults.region);
    if (!number)
        return wrong_field("phone_number", "invalid_number", "a valid number with country code");
    auto code = written_code(body, defaults.code.code_length);
    if (!is_code(code.reveal()))
        return wrong_field("otp", "invalid_field", "4 to 10 digits");
    auto purpose = purpose_of(body);
    if (!purpose)
        return purpose.error();
    number_check asked{std::move(*number), std::move(*purpose), std::move(code), {}};
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
