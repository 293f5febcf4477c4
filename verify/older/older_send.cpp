#include "verify/older/older_send.hpp"

#include "verify/json_writer.hpp"
#include "verify/older/older_answer.hpp"
#include "verify/send/send_verification.hpp"

namespace otp::older {

namespace asio = boost::asio;

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

constexpr std::string_view on_its_way = "the code is on its way";

// A send that was accepted, and its number as the client wrote it.
struct sent_code {
    std::string written;
    stored_send stored;
};

problem wrong_number() {
    return invalid_request(
        {{"phone_number",
          "invalid_number",
          "phone_number: expected a valid number with + and country code"}}
    );
}

asio::awaitable<or_problem<sent_code>> send(
    sender& sends,
    const send_defaults& defaults,
    const http::server_request& request,
    const caller& who,
    std::optional<std::string> client_ip
) {
    const auto body = client_body::parse(request.body);
    if (!body)
        co_return body.error();
    const auto key = request.header("idempotency-key");
    const auto now = std::chrono::system_clock::now();
    auto job = read_send(*body, key, who.tenant, defaults, now);
    if (!job)
        co_return job.error();
    job->client_ip = std::move(client_ip);
    auto stored = co_await sends.accept(*job, traceparent_of(request));
    if (!stored)
        co_return stored.error();
    co_return sent_code{std::string(*written_number(*body)), std::move(*stored)};
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

http::server_answer sent_answer(std::string_view written, const stored_send& stored) {
    json_writer body;
    body.member("success", true).member("message", on_its_way);
    body.member("status", "pending").member("to", written).member("channel", stored.channel);
    body.member("otp_id", stored.verification_id ? to_string(*stored.verification_id) : "");
    body.open_object("data").member("phone_number", written).close_object();
    http::server_answer answer;
    answer.body = body.take();
    return answer;
}

asio::awaitable<http::server_answer> send_otp(
    sender& sends,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who,
    std::optional<std::string> client_ip
) {
    const auto sent = co_await send(sends, defaults, request, who, std::move(client_ip));
    if (!sent)
        co_return refused_send(sent.error());
    co_return sent_answer(sent->written, sent->stored);
}

asio::awaitable<http::server_answer> generate_otp(
    sender& sends,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who,
    std::optional<std::string> client_ip
) {
    const auto sent = co_await send(sends, defaults, request, who, std::move(client_ip));
    if (!sent)
        co_return plain_refusal(sent.error());
    co_return plain_message(on_its_way);
}

}  // namespace otp::older
