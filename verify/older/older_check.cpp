#include "verify/older/older_check.hpp"

#include "verify/json_writer.hpp"
#include "verify/older/even_time.hpp"
#include "verify/older/older_answer.hpp"

namespace otp::older {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds store_limit{5};

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
    const auto at = std::chrono::steady_clock::now() + store_limit;
    const auto known = co_await store.was_asked_for(tenant, number, at);
    if (!known)
        co_return store_unavailable();
    co_return *known ? wrong_code() : not_found("no code was asked for this number");
}

}  // namespace

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

asio::awaitable<http::server_answer> verify_otp(
    checker& checks,
    const std::string& region,
    http::server_request& request,
    const caller& who
) {
    const auto began = std::chrono::steady_clock::now();
    auto read = read_check(request.body, region);
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
    const std::string& region,
    http::server_request& request,
    const caller& who
) {
    auto read = read_check(request.body, region);
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
