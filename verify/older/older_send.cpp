#include "verify/older/older_send.hpp"

#include "common/json/json_writer.hpp"
#include "verify/older/older_answer.hpp"
#include "verify/send/send_verification.hpp"

namespace otp::older {

namespace asio = boost::asio;

namespace {

constexpr std::string_view on_its_way = "the code is on its way";

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

http::server_answer plainly_sent(std::string_view, const stored_send&) {
    return plain_message(on_its_way);
}

}  // namespace

const send_answers full_answers{sent_answer, refused_send};
const send_answers plain_answers{plainly_sent, plain_refusal};

asio::awaitable<http::server_answer> send_otp(
    sender& sends,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who,
    std::optional<std::string> client_ip,
    const send_answers& answers
) {
    const auto body = client_body::parse(request.body);
    if (!body)
        co_return answers.refused(body.error());
    const auto key = idempotency_key_of(request);
    if (!key)
        co_return answers.refused(key.error());
    auto job = read_send(*body, *key, who.tenant, defaults);
    if (!job)
        co_return answers.refused(job.error());
    job->client_ip = std::move(client_ip);
    const auto stored = co_await sends.accept(std::move(*job), traceparent_of(request));
    if (!stored)
        co_return answers.refused(stored.error());
    const auto written = written_number(*body).value_or("");
    co_return answers.sent(written, *stored);
}

}  // namespace otp::older
