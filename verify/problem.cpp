#include "verify/problem.hpp"

#include "common/http/codec/head.hpp"
#include "common/json/json_writer.hpp"

#include <algorithm>

namespace otp {

namespace {

void write_errors(json_writer& to, const std::vector<field_problem>& errors) {
    to.open_array("errors");
    for (const auto& error : errors) {
        to.open_object();
        to.member("field", error.field).member("code", error.code).member("detail", error.detail);
        to.close_object();
    }
    to.close_array();
}

}  // namespace

problem invalid_request(std::vector<field_problem> errors) {
    // All of a body full of them would be an answer of many times its size.
    constexpr std::size_t most = 20;
    problem why(400, "invalid_request", errors.front().detail);
    errors.resize(std::min(errors.size(), most));
    why.errors = std::move(errors);
    return why;
}

problem not_found(std::string_view what) {
    return {404, "not_found", std::string(what)};
}

problem store_unavailable() {
    problem why(503, "unavailable", "the database does not answer; nothing is known to be done");
    why.retry_after = std::chrono::seconds(2);
    return why;
}

std::chrono::seconds whole_seconds(std::chrono::milliseconds span) {
    return std::max(std::chrono::ceil<std::chrono::seconds>(span), std::chrono::seconds(1));
}

http::server_answer answer_of(const problem& why) {
    json_writer body;
    body.member("type", "about:blank").member("title", http::reason_phrase(why.status));
    body.member("status", why.status).member("detail", why.detail).member("code", why.code);
    if (!why.rule.empty())
        body.member("rule", why.rule);
    if (why.retry_after)
        body.member("retry_after", why.retry_after->count());
    if (why.retry_after && why.code == "resend_too_soon")
        body.member("next_send_in_seconds", why.retry_after->count());
    if (why.request_id)
        body.member("request_id", to_string(*why.request_id));
    if (!why.errors.empty())
        write_errors(body, why.errors);
    http::server_answer answer;
    answer.status = why.status;
    answer.content_type = "application/problem+json";
    answer.body = body.take();
    add_retry_after(answer, why);
    return answer;
}

void add_retry_after(http::server_answer& to, const problem& why) {
    if (why.retry_after)
        to.headers.emplace_back("Retry-After", std::to_string(why.retry_after->count()));
}

}  // namespace otp
