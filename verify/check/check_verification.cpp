#include "verify/check/check_verification.hpp"

#include "common/core/rfc3339.hpp"
#include "common/json/json_writer.hpp"
#include "verify/check/check_request.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

std::string_view status_of(check_answer answer) {
    return answer == check_answer::wrong ? "pending" : to_string(answer);
}

std::optional<std::string> time_text(
    const std::optional<std::chrono::system_clock::time_point>& time
) {
    if (!time)
        return std::nullopt;
    return format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(*time));
}

// What an approved one earns; nothing for a wrong code.
approval_extras extras_of(
    const approval_issuer& issuer,
    const check_verdict& verdict,
    std::string_view tenant
) {
    if (verdict.answer != check_answer::approved)
        return {};
    return issuer.issue(
        {tenant,
         verdict.subject.number,
         verdict.subject.purpose,
         verdict.id.value(),
         verdict.settled_at.value()}
    );
}

}  // namespace

http::server_answer checked_answer(const check_verdict& verdict, const approval_extras& extras) {
    const bool valid = verdict.answer == check_answer::approved;
    json_writer body;
    body.member("id", verdict.id ? std::optional(to_string(*verdict.id)) : std::nullopt);
    body.member("status", status_of(verdict.answer)).member("valid", valid);
    body.member("attempts_left", verdict.attempts_left);
    const auto pause = std::chrono::ceil<std::chrono::seconds>(verdict.retry_after);
    body.member("next_check_in_seconds", pause.count());
    if (valid)
        body.member("verified_at", time_text(verdict.settled_at));
    if (extras.proof)
        body.member("proof", *extras.proof);
    if (extras.device_token)
        body.member("device_token", *extras.device_token);
    http::server_answer answer;
    answer.body = body.take();
    return answer;
}

asio::awaitable<http::server_answer> check_by_number(
    checker& checks,
    const approval_issuer& issuer,
    const std::string& region,
    http::server_request& request,
    const caller& who
) {
    auto asked = read_number_check(request.body, region);
    request.body.wipe();
    if (!asked)
        co_return answer_of(asked.error());
    number_and_purpose subject;
    subject.number = asked->to.e164();
    subject.purpose = std::move(asked->purpose);
    const auto verdict = co_await checks.check_number(
        who.tenant,
        std::move(subject),
        std::move(asked->code),
        std::move(asked->device_token)
    );
    if (!verdict)
        co_return answer_of(verdict.error());
    co_return checked_answer(*verdict, extras_of(issuer, *verdict, who.tenant));
}

asio::awaitable<http::server_answer> check_by_id(
    checker& checks,
    const approval_issuer& issuer,
    http::server_request& request,
    const caller& who
) {
    auto asked = read_id_check(request.body);
    request.body.wipe();
    if (!asked)
        co_return answer_of(asked.error());
    const auto id = parse_uuid(request.captures.at("id"));
    if (!id)
        co_return answer_of(not_found("there is no verification with this id"));
    const auto verdict =
        co_await checks
            .check_id(who.tenant, *id, std::move(asked->code), std::move(asked->device_token));
    if (!verdict)
        co_return answer_of(verdict.error());
    co_return checked_answer(*verdict, extras_of(issuer, *verdict, who.tenant));
}

}  // namespace otp
