#include "verify/older/older_answer.hpp"

#include "common/core/short_name.hpp"
#include "common/json/json_writer.hpp"

namespace otp::older {

namespace {

bool has_older_shape(unsigned status) {
    return status == 400 || status == 429 || status >= 500;
}

// Those services knew one status for a send that may not be: a rule or a policy that says no.
problem as_older(problem why) {
    if (!has_older_shape(why.status))
        why.status = 400;
    return why;
}

json_writer& put_failure(json_writer& to, std::string_view error, std::string_view message) {
    return to.member("success", false).member("error", error).member("message", message);
}

json_writer& put_not_verified(json_writer& to) {
    return to.member("status", "pending").member("valid", false).member("verified", false);
}

http::server_answer finish(json_writer& body, const problem& why) {
    http::server_answer answer;
    if (why.retry_after)
        body.member("retry_after", why.retry_after->count());
    if (why.status == 503 && why.request_id)  // by which a repeat learns what became of it
        body.member("request_id", to_string(*why.request_id));
    answer.status = why.status;
    answer.body = body.take();
    add_retry_after(answer, why);
    return answer;
}

}  // namespace

std::optional<std::string> written_number(const client_body& body) {
    const char* const name = body.has("phone_number") ? "phone_number" : "to";
    if (const auto text = body.text(name))
        return std::string(*text);
    if (const auto digits = body.whole_number(name))
        return std::to_string(*digits);
    return std::nullopt;
}

or_problem<std::string> purpose_of(const client_body& body) {
    if (!body.has("purpose"))
        return std::string("default");
    const auto purpose = body.text("purpose");
    if (!purpose || !is_short_name(*purpose))
        return invalid_request(
            {{"purpose", "invalid_field", "purpose: expected " + std::string(short_name_rule)}}
        );
    return std::string(*purpose);
}

http::server_answer refused_send(const problem& why) {
    if (why.code == "request_id_conflict")
        return answer_of(why);
    const auto shown = as_older(why);
    json_writer body;
    put_failure(body, shown.code, shown.detail);
    return finish(body, shown);
}

http::server_answer refused_check(const problem& why) {
    if (why.status == 404 || why.status == 410)
        return not_verified();
    if (!has_older_shape(why.status))
        return answer_of(why);
    json_writer body;
    put_failure(body, why.code, why.detail);
    if (why.status == 400)
        put_not_verified(body);
    return finish(body, why);
}

problem wrong_code() {
    return {400, "invalid_otp", "the code is wrong, expired or used"};
}

http::server_answer not_verified() {
    return refused_check(wrong_code());
}

http::server_answer healthy() {
    json_writer body;
    body.member("status", "healthy").member("message", "otp-verify is running");
    http::server_answer answer;
    answer.body = body.take();
    return answer;
}

http::server_answer plain_refusal(const problem& why) {
    const auto shown = why.status == 404 ? why : as_older(why);
    const bool is_plain = shown.status == 404 || shown.status == 400;
    if (!is_plain || why.code == "request_id_conflict")
        return refused_send(why);
    json_writer body;
    body.member("error", why.detail);
    return finish(body, shown);
}

http::server_answer plain_message(std::string_view message) {
    json_writer body;
    http::server_answer answer;
    answer.body = body.member("message", message).take();
    return answer;
}

}  // namespace otp::older
