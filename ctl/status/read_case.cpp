#include "ctl/status/read_case.hpp"

#include "ctl/servers.hpp"
#include "ctl/status/answer.hpp"

#include <algorithm>
#include <cstdint>

namespace otp {

namespace asio = boost::asio;
using postgres::params;
using postgres::rows;
using postgres::statement;

namespace {

constexpr statement now_statement{"support_now", "select now()"};

constexpr statement by_id{
    "support_by_id",
    "select d.request_id from audit.delivery d"
    " where (d.request_id = $1 or d.verification_id = $1"
    " or d.verification_id = (select o.verification_id from audit.delivery o where o.request_id = "
    "$1))"
    " and ($2::text is null or d.tenant = $2) order by d.created_at desc limit $3"};

constexpr statement by_number{
    "support_by_number",
    "select id from audit.deliveries_of($1, $2, $3, $4, $5) as id"};

constexpr statement deliveries_statement{
    "support_deliveries",
    "select request_id, verification_id, tenant, number, purpose, coalesce(channel, ''),"
    " coalesce(locale, ''), status, coalesce(reason, ''), coalesce(provider, ''), attempts,"
    " requested_at, deadline, created_at, finished_at"
    " from audit.delivery where request_id = any($1) order by created_at, request_id"};

constexpr statement attempts_statement{
    "support_attempts",
    "select request_id, attempt, provider, channel, state, coalesce(provider_message_id, ''),"
    " coalesce(error_code, ''), http_status, segments, started_at, finished_at"
    " from audit.delivery_attempt where request_id = any($1) order by started_at, attempt"};

constexpr statement events_statement{
    "support_events",
    "select at, request_id, coalesce(attempt, 0::smallint), kind, coalesce(status, ''),"
    " coalesce(error_code, '')"
    " from audit.delivery_event where request_id = any($1) order by at"};

constexpr statement verifications_statement{
    "support_verifications",
    "select id, status, generation, wrong_checks, device_wrong_checks, created_at, expires_at,"
    " settled_at from audit.verification where id = any($1) order by created_at"};

constexpr statement wrong_statement{
    "support_wrong_checks",
    "select v.id, w.at, w.device from unnest($1::uuid[]) as v(id)"
    " cross join lateral audit.wrong_checks_of(v.id) as w order by w.at"};

constexpr statement pauses_statement{
    "support_pauses",
    "select kind, name, reason, since, ended_at from audit.pause"
    " where since < $2 and coalesce(ended_at, 'infinity') > $1 order by since"};

constexpr statement counts_statement{
    "support_texts_before",
    "select request_id, in_10_minutes, in_24_hours from audit.texts_before($1)"};

std::optional<int> small(const rows& from, int row, int column) {
    const auto value = from.get<std::optional<std::int16_t>>(row, column);
    return value ? std::optional<int>(*value) : std::nullopt;
}

std::string id_text(const rows& from, int row, int column) {
    const auto id = from.get<std::optional<uuid>>(row, column);
    return id ? to_string(*id) : std::string();
}

std::vector<uuid> ids_in(const rows& from, int column) {
    std::vector<uuid> ids;
    for (int row = 0; row < from.size(); ++row)
        if (const auto id = from.get<std::optional<uuid>>(row, column);
            id && std::ranges::find(ids, *id) == ids.end())
            ids.push_back(*id);
    return ids;
}

seen_delivery delivery_in(const rows& from, int row) {
    seen_delivery one;
    one.request_id = id_text(from, row, 0);
    one.verification_id = id_text(from, row, 1);
    one.tenant = from.get<std::string>(row, 2);
    one.number = from.get<std::string>(row, 3);
    one.purpose = from.get<std::string>(row, 4);
    one.channel = from.get<std::string>(row, 5);
    one.locale = from.get<std::string>(row, 6);
    one.status = from.get<std::string>(row, 7);
    one.reason = from.get<std::string>(row, 8);
    one.provider = from.get<std::string>(row, 9);
    one.attempts = from.get<std::int16_t>(row, 10);
    one.requested_at = from.get<wall_time>(row, 11);
    one.deadline = from.get<wall_time>(row, 12);
    one.created_at = from.get<wall_time>(row, 13);
    one.finished_at = from.get<std::optional<wall_time>>(row, 14);
    return one;
}

seen_attempt attempt_in(const rows& from, int row) {
    seen_attempt one;
    one.request_id = id_text(from, row, 0);
    one.attempt = from.get<std::int16_t>(row, 1);
    one.provider = from.get<std::string>(row, 2);
    one.channel = from.get<std::string>(row, 3);
    one.state = from.get<std::string>(row, 4);
    one.provider_message_id = from.get<std::string>(row, 5);
    one.error_code = from.get<std::string>(row, 6);
    one.http_status = small(from, row, 7);
    one.segments = small(from, row, 8);
    one.started_at = from.get<wall_time>(row, 9);
    one.finished_at = from.get<std::optional<wall_time>>(row, 10);
    return one;
}

seen_event event_in(const rows& from, int row) {
    seen_event one;
    one.at = from.get<wall_time>(row, 0);
    one.request_id = id_text(from, row, 1);
    one.attempt = from.get<std::int16_t>(row, 2);
    one.kind = from.get<std::string>(row, 3);
    one.status = from.get<std::string>(row, 4);
    one.error_code = from.get<std::string>(row, 5);
    return one;
}

seen_verification verification_in(const rows& from, int row) {
    seen_verification one;
    one.id = id_text(from, row, 0);
    one.status = from.get<std::string>(row, 1);
    one.generation = from.get<std::int16_t>(row, 2);
    one.wrong_checks = from.get<std::int16_t>(row, 3);
    one.device_wrong_checks = from.get<std::int16_t>(row, 4);
    one.created_at = from.get<wall_time>(row, 5);
    one.expires_at = from.get<wall_time>(row, 6);
    one.settled_at = from.get<std::optional<wall_time>>(row, 7);
    return one;
}

seen_wrong_check wrong_check_in(const rows& from, int row) {
    seen_wrong_check one;
    one.verification_id = id_text(from, row, 0);
    one.at = from.get<wall_time>(row, 1);
    one.device = from.get<bool>(row, 2);
    return one;
}

seen_pause pause_in(const rows& from, int row) {
    seen_pause one;
    one.kind = from.get<std::string>(row, 0);
    one.name = from.get<std::string>(row, 1);
    one.reason = from.get<std::string>(row, 2);
    one.since = from.get<wall_time>(row, 3);
    one.ended_at = from.get<std::optional<wall_time>>(row, 4);
    return one;
}

texts_before count_in(const rows& from, int row) {
    texts_before one;
    one.request_id = id_text(from, row, 0);
    one.in_10_minutes = from.get<std::int32_t>(row, 1);
    one.in_24_hours = from.get<std::int32_t>(row, 2);
    return one;
}

template <class One>
std::vector<One> all_of(const rows& from, One (*read)(const rows&, int)) {
    std::vector<One> all;
    for (int row = 0; row < from.size(); ++row)
        all.push_back(read(from, row));
    return all;
}

params question(const support_question& about, wall_time from, wall_time to) {
    params with;
    if (about.id)
        return with.add(*about.id).add(about.tenant).add(std::int32_t{about.limit});
    with.add(about.number).add(about.tenant).add(from).add(to).add(std::int32_t{about.limit});
    return with;
}

}  // namespace

asio::awaitable<support_case> read_case(
    postgres::connection& database,
    const support_question& about
) {
    support_case all;
    const params none;
    const auto now = co_await ask(database, now_statement, none);
    all.now = now.get<wall_time>(0, 0);
    const auto from = about.from.value_or(all.now - std::chrono::hours(24));
    const auto to = about.to.value_or(all.now);
    const params asked = question(about, from, to);
    const statement& look = about.id ? by_id : by_number;
    const auto found = co_await ask(database, look, asked);
    const params ids(ids_in(found, 0));
    const auto deliveries = co_await ask(database, deliveries_statement, ids);
    const auto attempts = co_await ask(database, attempts_statement, ids);
    const auto events = co_await ask(database, events_statement, ids);
    const auto counts = co_await ask(database, counts_statement, ids);
    all.deliveries = all_of(deliveries, delivery_in);
    all.attempts = all_of(attempts, attempt_in);
    all.events = all_of(events, event_in);
    all.counts = all_of(counts, count_in);
    const params verification_ids(ids_in(deliveries, 1));
    const auto verifications = co_await ask(database, verifications_statement, verification_ids);
    const auto wrong = co_await ask(database, wrong_statement, verification_ids);
    all.verifications = all_of(verifications, verification_in);
    all.wrong_checks = all_of(wrong, wrong_check_in);
    const bool any = !all.deliveries.empty();
    const params span(any ? all.deliveries.front().created_at : from, any ? end_of(all) : to);
    const auto pauses = co_await ask(database, pauses_statement, span);
    all.pauses = all_of(pauses, pause_in);
    co_return all;
}

}  // namespace otp
