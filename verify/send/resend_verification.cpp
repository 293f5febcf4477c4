#include "verify/send/resend_verification.hpp"

#include "verify/send/resend_request.hpp"
#include "verify/send/send_verification.hpp"
#include "verify/store_fault.hpp"
#include "verify/store_limit.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

asio::awaitable<or_problem<resend_source>> find_source(
    postgres::pool& database,
    const std::string& tenant,
    const uuid& id,
    const uuid& request_id
) {
    const auto at = store_deadline();
    auto found = co_await find_for_resend(database, tenant, id, request_id, at);
    if (!found)
        co_return store_fault("verification_for_resend", found.error());
    if (!*found)
        co_return not_found("there is no verification with this id");
    co_return std::move(**found);
}

}  // namespace

problem settled_before_resend(std::string_view status) {
    const auto word = status == "approved" ? std::string_view("already_used") : status;
    return {410, word, "no more texts are sent for this verification: " + std::string(word)};
}

asio::awaitable<http::server_answer> resend_verification(
    sender& sends,
    postgres::pool& database,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who
) {
    const auto key = idempotency_key_of(request);
    if (!key)
        co_return answer_of(key.error());
    const auto asked = read_resend_request(request.body, *key);
    if (!asked)
        co_return answer_of(asked.error());
    const auto id = parse_uuid(request.captures.at("id"));
    if (!id)
        co_return answer_of(not_found("there is no verification with this id"));
    const auto latest = co_await find_source(database, who.tenant, *id, asked->request_id);
    if (!latest)
        co_return answer_of(latest.error());
    if (latest->status != "pending" && !latest->repeats)
        co_return answer_of(settled_before_resend(latest->status));

    const auto now = sends.now();
    const auto job = resend_job(*latest, *asked, who.tenant, defaults, now);
    const auto stored = co_await sends.accept(job, traceparent_of(request), id);
    if (stored)
        co_return accepted_answer(job, *stored);
    if (stored.error().code != "verification_settled")
        co_return answer_of(stored.error());
    // It was settled meanwhile, or before this request came for the first time.
    const auto became = co_await find_source(database, who.tenant, *id, asked->request_id);
    co_return answer_of(became ? settled_before_resend(became->status) : became.error());
}

}  // namespace otp
