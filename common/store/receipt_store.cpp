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
    "record_receipts",
    "select answer, event_id, at, request_id, verification_id, tenant, \"user\", purpose, status,"
    " provider, channel, reason, traceparent, after_ms"
    " from otp.record_receipts($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"};

constexpr statement open_breaker_statement{
    "open_breaker",
    "select otp.open_breaker($1, $2, $3, $4, $5)"};

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

recorded_receipt read_recorded(const rows& from, int row) {
    recorded_receipt recorded;
    recorded.matched = from.get<std::string_view>(row, 0) == "matched";
    if (from.get<std::optional<std::int64_t>>(row, 1))
        recorded.event = read_event(from, row);
    if (const auto after = from.get<std::optional<std::int64_t>>(row, 13))
        recorded.after = std::chrono::milliseconds(*after);
    return recorded;
}

params columns_of(const std::vector<receipt_record>& receipts) {
    const auto unless_empty_in = [](std::string receipt_record::*text) {
        return [text](const receipt_record& one) { return unless_empty(one.*text); };
    };
    params with;
    with.add_array(receipts, &receipt_record::provider);
    with.add_array(receipts, &receipt_record::message_id);
    with.add_array(receipts, &receipt_record::status);
    with.add_array(receipts, unless_empty_in(&receipt_record::error_code));
    with.add_array(receipts, &receipt_record::request_id);
    with.add_array(receipts, &receipt_record::attempt);
    with.add_array(receipts, unless_empty_in(&receipt_record::number));
    with.add_array(receipts, &receipt_record::channel);
    with.add_array(receipts, &receipt_record::fail_over);
    with.add_array(receipts, &receipt_record::switch_channel);
    with.add_array(receipts, unless_empty_in(&receipt_record::second_id));
    return with;
}

}  // namespace

asio::awaitable<result<std::vector<recorded_receipt>>> receipt_store::record(
    const std::vector<receipt_record>& receipts,
    deadline at
) {
    const auto with = columns_of(receipts);
    const auto answer = co_await execute_despite_races(database_, record_statement, with, at);
    if (!answer)
        co_return answer.error();
    std::vector<recorded_receipt> recorded;
    recorded.reserve(receipts.size());
    for (int row = 0; row < answer->size(); ++row)
        recorded.push_back(read_recorded(*answer, row));
    co_return recorded;
}

asio::awaitable<result<bool>> receipt_store::open_breaker(const receipt_record& by, deadline at) {
    const params with(by.provider, by.message_id, by.error_code, by.request_id, by.attempt);
    const auto answer = co_await execute_despite_races(database_, open_breaker_statement, with, at);
    if (!answer)
        co_return answer.error();
    co_return answer->get<bool>(0, 0);
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
