#include "verify/older/older_send.hpp"

#include "verify/json_writer.hpp"
#include "verify/older/older_answer.hpp"
#include "verify/send/send_verification.hpp"

namespace otp::older {

namespace asio = boost::asio;

namespace {

constexpr std::string_view on_its_way = "the code is on its way";

// A send that was accepted, and its number as the client wrote it.
struct sent_code {
    std::string written;
    stored_send stored;
};

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
