#include "verify/older/older_check.hpp"

#include "verify/json_writer.hpp"
#include "verify/older/older_answer.hpp"

namespace otp::older {

namespace asio = boost::asio;

namespace {

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
    auto read = read_check(request.body, region);
    request.body.wipe();
    if (!read)
        co_return refused_check(read.error());
    auto& asked = read->asked;
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
        co_return refused_check(verdict.error());
    if (verdict->answer != check_answer::approved)
        co_return not_verified();
    co_return verified_answer(read->written);
}

}  // namespace otp::older
