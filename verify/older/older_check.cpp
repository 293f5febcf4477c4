#include "verify/older/older_check.hpp"

#include "verify/older/even_time.hpp"
#include "verify/older/older_answer.hpp"
#include "verify/store_limit.hpp"

namespace otp::older {

namespace asio = boost::asio;

namespace {

// Empty where the code is right; wipes it from `asked`.
asio::awaitable<std::optional<problem>> check(
    checker& checks,
    number_check& asked,
    const caller& who
) {
    number_and_purpose subject;
    subject.number = asked.to.e164();
    subject.purpose = std::move(asked.purpose);
    const auto verdict = co_await checks.check_number(
        who.tenant,
        std::move(subject),
        std::move(asked.code),
        std::move(asked.device_token)
    );
    if (!verdict)
        co_return verdict.error();
    if (verdict->answer != check_answer::approved)
        co_return wrong_code();
    co_return std::nullopt;
}

// Nothing waits to be verified for that number: was anything ever?
asio::awaitable<problem> no_pending_one(
    verification_store& store,
    const std::string& tenant,
    const std::string& number
) {
    const auto at = store_deadline();
    const auto known = co_await store.was_asked_for(tenant, number, at);
    if (!known)
        co_return store_unavailable();
    co_return *known ? wrong_code() : not_found("no code was asked for this number");
}

}  // namespace

asio::awaitable<http::server_answer> verify_otp(
    checker& checks,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who
) {
    const auto began = std::chrono::steady_clock::now();
    auto read = read_check(request.body, defaults);
    request.body.wipe();
    if (!read)
        co_return refused_check(read.error());
    const auto fault = co_await check(checks, read->asked, who);
    if (!fault)
        co_return verified_answer(read->written);
    auto answer = refused_check(*fault);
    if (answer.status == 400)
        co_await until_even(began);
    co_return answer;
}

asio::awaitable<http::server_answer> verify_plain_otp(
    checker& checks,
    verification_store& store,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who
) {
    auto read = read_check(request.body, defaults);
    request.body.wipe();
    if (!read)
        co_return plain_refusal(read.error());
    const std::string number = read->asked.to.e164();
    auto fault = co_await check(checks, read->asked, who);
    if (!fault)
        co_return plain_message("the number is verified");
    if (fault->status == 410)
        fault = wrong_code();
    if (fault->status == 404)
        fault = co_await no_pending_one(store, who.tenant, number);
    co_return plain_refusal(*fault);
}

}  // namespace otp::older
