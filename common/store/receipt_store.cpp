#include "common/store/receipt_store.hpp"

#include "common/store/despite_races.hpp"

#include <string_view>

namespace otp {

namespace asio = boost::asio;
using postgres::params;
using postgres::result;
using postgres::rows;
using postgres::statement;

namespace {

constexpr statement record_statement{
    "record_receipt",
    "select answer, event_id, at, request_id, verification_id, tenant, \"user\", purpose, status,"
    " provider, channel, reason, traceparent, after_ms"
    " from otp.record_receipt($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"};

constexpr statement untold_statement{
    "untold_events",
    "select null, event_id, at, request_id, verification_id, tenant, \"user\", purpose, status,"
    " provider, channel, reason, traceparent from otp.untold_events($1)"};

constexpr statement forget_statement{"forget_events", "select otp.forget_events($1)"};

std::optional<std::string_view> unless_empty(const std::string& text) {
    if (text.empty())
        return std::nullopt;
    return text;
}

std::string text_or_empty(const rows& from, int row, int column) {
    return from.get<std::optional<std::string>>(row, column).value_or("");
}

untold_event read_event(const rows& from, int row) {
    untold_event event;
    event.id = from.get<std::int64_t>(row, 1);
    event.at = from.get<postgres::time_point>(row, 2);
    event.request_id = from.get<uuid>(row, 3);
    event.verification_id = from.get<std::optional<uuid>>(row, 4);
    event.tenant = from.get<std::string>(row, 5);
    event.user = from.get<std::optional<std::string>>(row, 6);
    event.purpose = from.get<std::string>(row, 7);
    event.status = from.get<std::string>(row, 8);
    event.provider = text_or_empty(from, row, 9);
    event.channel = text_or_empty(from, row, 10);
    event.reason = text_or_empty(from, row, 11);
    event.traceparent = from.get<std::optional<std::string>>(row, 12);
    return event;
}

}  // namespace

asio::awaitable<result<recorded_receipt>> receipt_store::record(
    const receipt_record& receipt,
    deadline at
) {
    params with(receipt.provider, receipt.message_id, receipt.status);
    with.add(unless_empty(receipt.error_code)).add(receipt.request_id);
    with.add(receipt.attempt).add(unless_empty(receipt.number));
    with.add(receipt.channel).add(receipt.fail_over).add(receipt.switch_channel);
    with.add(unless_empty(receipt.second_id));
    const auto answer = co_await execute_despite_races(database_, record_statement, with, at);
    if (!answer)
        co_return answer.error();
    recorded_receipt recorded;
    recorded.matched = answer->get<std::string_view>(0, 0) == "matched";
    if (answer->get<std::optional<std::int64_t>>(0, 1))
        recorded.event = read_event(*answer, 0);
    if (const auto after = answer->get<std::optional<std::int64_t>>(0, 13))
        recorded.after = std::chrono::milliseconds(*after);
    co_return recorded;
}

asio::awaitable<result<std::vector<untold_event>>> receipt_store::untold(int most, deadline at) {
    const params with(most);
    const auto answer = co_await execute_despite_races(database_, untold_statement, with, at);
    if (!answer)
        co_return answer.error();
    std::vector<untold_event> events;
    for (int row = 0; row < answer->size(); ++row)
        events.push_back(read_event(*answer, row));
    co_return events;
}

asio::awaitable<result<void>> receipt_store::forget(
    const std::vector<std::int64_t>& events,
    deadline at
) {
    const params with(events);
    const auto answer = co_await execute_despite_races(database_, forget_statement, with, at);
    if (!answer)
        co_return answer.error();
    co_return boost::system::in_place_value;
}

}  // namespace otp
