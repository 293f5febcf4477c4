#include "verify/send/cancel_verification.hpp"

#include "common/core/mask.hpp"
#include "common/core/rfc3339.hpp"
#include "common/json/json_writer.hpp"
#include "verify/problem.hpp"
#include "verify/store_fault.hpp"
#include "verify/store_limit.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

void tell(
    settled_events& events,
    const uuid& id,
    const std::string& tenant,
    const canceled_verification& became
) {
    outcome_event event;
    event.kind = "verification";
    event.status = became.status;
    event.verification_id = id;
    event.tenant = tenant;
    event.user = became.user;
    event.purpose = became.purpose;
    event.at = became.settled_at;
    events.tell(event);
}

}  // namespace

http::server_answer canceled_answer(const uuid& id, const canceled_verification& became) {
    if (became.status != "canceled") {
        const std::string word = became.status == "approved" ? "already_used" : became.status;
        return answer_of({410, word, "there is nothing to cancel: " + word});
    }
    const auto settled_at = std::chrono::floor<std::chrono::milliseconds>(became.settled_at);
    json_writer body;
    body.member("id", to_string(id)).member("status", became.status);
    body.member("to", mask_number(became.number)).member("purpose", became.purpose);
    body.member("settled_at", format_rfc3339(settled_at));
    http::server_answer answer;
    answer.body = body.take();
    return answer;
}

asio::awaitable<http::server_answer> cancel_verification(
    postgres::pool& database,
    settled_events& events,
    const http::server_request& request,
    const caller& who
) {
    const auto id = parse_uuid(request.captures.at("id"));
    if (!id)
        co_return answer_of(not_found("there is no verification with this id"));
    const auto at = store_deadline();
    const auto became = co_await cancel_pending(database, who.tenant, *id, at);
    if (!became)
        co_return answer_of(store_fault("cancel_verification", became.error()));
    if (!*became)
        co_return answer_of(not_found("there is no verification with this id"));
    if ((*became)->settled_by_this)
        tell(events, *id, who.tenant, **became);
    co_return canceled_answer(*id, **became);
}

}  // namespace otp
