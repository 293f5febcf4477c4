#include "verify/send/send_verification.hpp"

#include "common/core/rfc3339.hpp"
#include "common/core/traceparent.hpp"
#include "common/json/json_writer.hpp"

namespace otp {

namespace asio = boost::asio;

std::optional<std::string> traceparent_of(const http::server_request& request) {
    const auto value = request.header("traceparent");
    if (!is_traceparent(value))
        return std::nullopt;
    return std::string(value);
}

http::server_answer accepted_answer(const send_job& job, const stored_send& stored) {
    json_writer body;
    const auto text_of = [](const std::optional<uuid>& id) {
        return id ? std::optional(to_string(*id)) : std::nullopt;
    };
    body.member("id", text_of(stored.verification_id));
    body.member("request_id", to_string(job.request_id)).member("status", "pending");
    body.member("to", job.to.masked()).member("channel", stored.channel);
    body.member("purpose", job.purpose);
    std::optional<std::string> expires_at;
    if (stored.expires_at)
        expires_at =
            format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(*stored.expires_at));
    body.member("expires_at", expires_at);
    body.member("next_send_in_seconds", stored.next_send.count());
    body.open_object("delivery").member("status", "queued").close_object();
    http::server_answer answer;
    answer.status = 202;
    answer.body = body.take();
    return answer;
}

asio::awaitable<http::server_answer> send_verification(
    sender& sends,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who
) {
    auto body = client_body::parse(request.body);
    if (!body)
        co_return answer_of(body.error());
    const auto key = idempotency_key_of(request);
    if (!key)
        co_return answer_of(key.error());
    const auto job = read_send_request(*body, *key, who.tenant, defaults);
    if (!job)
        co_return answer_of(job.error());
    const auto stored = co_await sends.accept(*job, traceparent_of(request));
    if (!stored)
        co_return answer_of(stored.error());
    co_return accepted_answer(*job, *stored);
}

}  // namespace otp
