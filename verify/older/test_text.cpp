#include "verify/older/test_text.hpp"

#include "common/async/deadline.hpp"
#include "common/core/random.hpp"
#include "common/json/json_writer.hpp"
#include "verify/older/older_answer.hpp"
#include "verify/send/send_verification.hpp"
#include "verify/store_limit.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>

namespace otp::older {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds patience{20};
constexpr std::chrono::milliseconds between_looks{100};

std::string_view text_at(const rapidjson::Value& object, const char* name) {
    const auto found = object.FindMember(name);
    if (found == object.MemberEnd() || !found->value.IsString())
        return {};
    return {found->value.GetString(), found->value.GetStringLength()};
}

std::string sid_of(const rapidjson::Value& delivery) {
    for (const auto& attempt : delivery["attempts"].GetArray())
        if (const auto id = text_at(attempt, "provider_message_id"); !id.empty())
            return std::string(id);
    return {};
}

// The life of a test is the usual one, and no code that waits for that number is touched by it.
send_job job_of(const phone_number& to, const send_defaults& defaults, const std::string& tenant) {
    return {
        .request_id = new_uuid(),
        .tenant = tenant,
        .to = to,
        .purpose = "test-twilio",
        .channels = {channel::sms},
        .template_name = "otp",
        .ttl = defaults.code.ttl,
        .code_length = defaults.code.code_length};
}

// The SID, once there is one.
asio::awaitable<or_problem<std::string>> await_sid(
    verification_store& store,
    const std::string& tenant,
    const uuid& verification_id,
    const std::string& request_id
) {
    const auto last = steady_clock::now() + patience;
    while (steady_clock::now() < last) {
        const auto at = store_deadline();
        const auto status = co_await store.read_verification(tenant, verification_id, at);
        if (!status || !*status)
            co_return store_unavailable();
        auto progress = read_progress(**status, request_id);
        if (!progress.sid.empty())
            co_return std::move(progress.sid);
        if (!progress.reason.empty())
            co_return problem(502, "not_sent", "the text was not sent: " + progress.reason);
        co_await sleep_for(between_looks);
    }
    co_return problem(504, "no_sid", "no provider has taken the text yet: does a worker run?");
}

http::server_answer texted_answer(
    const std::string& written,
    const stored_send& stored,
    const std::string& sid
) {
    json_writer body;
    body.member("success", true).member("message", "a provider has taken the text");
    body.member("status", "pending").member("to", written).member("channel", "sms");
    body.member("otp_id", to_string(*stored.verification_id)).member("sid", sid);
    body.open_object("data").member("phone_number", written).member("sid", sid).close_object();
    http::server_answer answer;
    answer.body = body.take();
    return answer;
}

}  // namespace

text_progress read_progress(std::string_view status, std::string_view request_id) {
    constexpr std::array<std::string_view, 4> ends{"failed", "expired", "rejected", "canceled"};
    text_progress found;
    rapidjson::Document document;
    document.Parse(status.data(), status.size());
    for (const auto& delivery : document["deliveries"].GetArray()) {
        if (text_at(delivery, "request_id") != request_id)
            continue;
        found.sid = sid_of(delivery);
        const auto state = text_at(delivery, "status");
        if (std::ranges::find(ends, state) == ends.end())
            continue;
        found.reason = state;
        if (const auto why = text_at(delivery, "reason"); !why.empty())
            found.reason.append(", ").append(why);
    }
    return found;
}

asio::awaitable<http::server_answer> send_test_text(
    sender& sends,
    verification_store& store,
    const send_defaults& defaults,
    const test_number& to,
    const http::server_request& request,
    const caller& who,
    std::optional<std::string> client_ip
) {
    if (!to.number)
        co_return refused_send(problem(400, "no_test_number", "TEST_PHONE_NUMBER is not set"));
    auto job = job_of(*to.number, defaults, who.tenant);
    job.client_ip = std::move(client_ip);
    const auto stored = co_await sends.accept(job, traceparent_of(request));
    if (!stored)
        co_return refused_send(stored.error());
    const auto request_id = to_string(job.request_id);
    const auto sid = co_await await_sid(store, who.tenant, *stored->verification_id, request_id);
    if (!sid)
        co_return refused_send(sid.error());
    co_return texted_answer(to.written, *stored, *sid);
}

}  // namespace otp::older
