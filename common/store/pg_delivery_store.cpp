#include "common/store/pg_delivery_store.hpp"

#include "common/limits/store_bounds.hpp"
#include "common/store/store_failure.hpp"

#include <functional>
#include <string_view>

namespace otp {

namespace asio = boost::asio;

namespace {

// The server's own limit is 5 s (role settings); this one covers waiting for a connection as well.
constexpr std::chrono::seconds statement_limit{8};

constexpr postgres::statement begin_sends{
    "begin_sends",
    "select request_id, verdict, status, reason, verification_id, attempt, provider, channel, "
    "seed, code_key_id, "
    "code_length, remaining_ms, lease_ms, retry_after_ms, observed, charged, "
    "started_at "
    "from otp.begin_sends($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
    "$17, $18, $19, $20, $21, false, null, $22, $23, $24, $25, $26, $27, nullif($28, '{}'), $29, "
    "$30, $31)"};

constexpr postgres::statement finish_sends{
    "finish_sends",
    "select request_id, answer, status, next_attempt, provider, channel, remaining_ms, lease_ms, "
    "reason from "
    "otp.finish_sends($1, $2, "
    "$3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"};

constexpr postgres::statement sweep_due{
    "sweep_due",
    "select request_id, job, traceparent from otp.sweep_due($1) where job is not null"};

constexpr postgres::statement mark_as_published{"mark_published", "select otp.mark_published($1)"};

constexpr postgres::statement keep_outcomes{
    "keep_outcomes",
    "select request_id from otp.keep_outcomes($1, $2, $3)"};

constexpr postgres::statement ensure_partitions{
    "ensure_partitions",
    "select otp.ensure_partitions()"};

// Empty text travels as NULL.
std::optional<std::string_view> unless_empty(const std::string& text) {
    if (text.empty())
        return std::nullopt;
    return text;
}

auto optional_text(std::string begin_request::*member) {
    return [member](const begin_request& job) { return unless_empty(job.*member); };
}

auto optional_text(std::string finish_request::*member) {
    return [member](const finish_request& end) { return unless_empty(end.*member); };
}

begin_verdict verdict_of(std::string_view name) {
    if (name == "send")
        return begin_verdict::send;
    if (name == "finished")
        return begin_verdict::finished;
    if (name == "leased")
        return begin_verdict::leased;
    if (name == "in_doubt")
        return begin_verdict::in_doubt;
    if (name == "refused")
        return begin_verdict::refused;
    throw std::logic_error("begin_sends gave an unknown verdict: " + std::string(name));
}

finish_answer::kind kind_of(std::string_view name) {
    if (name == "ok")
        return finish_answer::kind::recorded;
    if (name == "settled")
        return finish_answer::kind::settled;
    if (name == "lost")
        return finish_answer::kind::lost;
    if (name == "not_ours")
        return finish_answer::kind::not_ours;
    throw std::logic_error("finish_sends gave an unknown answer: " + std::string(name));
}

std::string text_or_empty(const postgres::rows& from, int row, int column) {
    return from.get<std::optional<std::string>>(row, column).value_or("");
}

std::chrono::milliseconds ms_or_zero(const postgres::rows& from, int row, int column) {
    return std::chrono::milliseconds(from.get<std::optional<std::int64_t>>(row, column).value_or(0)
    );
}

begin_answer read_begin_answer(const postgres::rows& from, int row) {
    begin_answer answer;
    answer.request_id = from.get<uuid>(row, 0);
    answer.verdict = verdict_of(from.get<std::string_view>(row, 1));
    answer.status = text_or_empty(from, row, 2);
    answer.reason = text_or_empty(from, row, 3);
    answer.verification_id = from.get<std::optional<uuid>>(row, 4);
    answer.attempt = from.get<std::optional<std::int32_t>>(row, 5).value_or(0);
    answer.provider = text_or_empty(from, row, 6);
    answer.channel = text_or_empty(from, row, 7);
    answer.seed = from.get<std::optional<uuid>>(row, 8).value_or(uuid{});
    answer.code_key_id = text_or_empty(from, row, 9);
    answer.code_length = from.get<std::optional<std::int32_t>>(row, 10).value_or(0);
    answer.remaining = ms_or_zero(from, row, 11);
    answer.lease = ms_or_zero(from, row, 12);
    answer.retry_after = ms_or_zero(from, row, 13);
    answer.observed = text_or_empty(from, row, 14);
    answer.charged = from.get<bool>(row, 15);
    answer.started_at =
        from.get<std::optional<postgres::time_point>>(row, 16).value_or(postgres::time_point{});
    return answer;
}

finish_answer read_finish_answer(const postgres::rows& from, int row) {
    finish_answer answer;
    answer.request_id = from.get<uuid>(row, 0);
    answer.what = kind_of(from.get<std::string_view>(row, 1));
    answer.status = text_or_empty(from, row, 2);
    answer.next_attempt = from.get<std::optional<std::int32_t>>(row, 3);
    answer.provider = text_or_empty(from, row, 4);
    answer.channel = text_or_empty(from, row, 5);
    answer.remaining = ms_or_zero(from, row, 6);
    answer.lease = ms_or_zero(from, row, 7);
    answer.reason = text_or_empty(from, row, 8);
    return answer;
}

}  // namespace

pg_delivery_store::pg_delivery_store(
    postgres::pool& for_begin,
    postgres::pool& for_finish,
    postgres::pool& for_the_rest,
    std::vector<std::int32_t> resend_ladder,
    const limit_rules& limits
)
    : begin_(for_begin),
      finish_(for_finish),
      rest_(for_the_rest),
      resend_ladder_(std::move(resend_ladder)),
      limits_(limits) {}

deadline pg_delivery_store::soon() {
    return std::chrono::steady_clock::now() + statement_limit;
}

asio::awaitable<store_result<std::vector<begin_answer>>> pg_delivery_store::begin(
    const std::string& owner,
    const std::vector<begin_request>& jobs
) {
    const auto bounds = bounds_of(limits_);
    postgres::params with;
    with.add(owner)
        .add(std::chrono::milliseconds(attempt_lease))
        .add_array(jobs, &begin_request::request_id)
        .add_array(jobs, &begin_request::tenant)
        .add_array(jobs, &begin_request::number)
        .add_array(jobs, &begin_request::purpose)
        .add_array(jobs, &begin_request::user)
        .add_array(jobs, &begin_request::client_ip)
        .add_array(jobs, &begin_request::channel)
        .add_array(jobs, &begin_request::template_name)
        .add_array(jobs, &begin_request::locale)
        .add_array(jobs, optional_text(&begin_request::route))
        .add_array(jobs, &begin_request::requested_at)
        .add_array(
            jobs,
            [](const begin_request& job) { return static_cast<std::int32_t>(job.ttl.count()); }
        )
        // the queue holds the message until it is settled
        .add_array(
            jobs,
            [](const begin_request&) { return std::optional<std::span<const std::uint8_t>>(); }
        )
        .add_array(jobs, &begin_request::traceparent)
        .add_array(jobs, &begin_request::verification_id)
        .add_array(jobs, &begin_request::code_key_id)
        .add_array(jobs, &begin_request::hash_key_id)
        .add_array(jobs, &begin_request::tag)
        .add_array(jobs, &begin_request::code_length)
        .add(bounds.has_ladder ? resend_ladder_ : std::vector<std::int32_t>{0})
        .add(bounds.number_10_minutes)
        .add(bounds.number_day)
        .add(bounds.ip_hour)
        .add(bounds.user_hour)
        .add(bounds.user_day)
        .add(bounds.watched)
        .add_array(jobs, optional_text(&begin_request::bar))
        .add_array(jobs, optional_text(&begin_request::watched))
        .add_array(jobs, optional_text(&begin_request::country));
    auto found = co_await begin_.execute(begin_sends, with, soon());
    if (!found)
        co_return store_failure(found.error());
    std::vector<begin_answer> answers;
    answers.reserve(jobs.size());
    for (int row = 0; row < found->size(); ++row)
        answers.push_back(read_begin_answer(*found, row));
    co_return answers;
}

asio::awaitable<store_result<std::vector<finish_answer>>> pg_delivery_store::finish(
    const std::vector<finish_request>& ends
) {
    postgres::params with;
    with.add_array(ends, &finish_request::owner)
        .add(std::chrono::milliseconds(attempt_lease))
        .add_array(ends, &finish_request::request_id)
        .add_array(ends, &finish_request::attempt)
        .add_array(ends, &finish_request::state)
        .add_array(ends, optional_text(&finish_request::provider_message_id))
        .add_array(ends, &finish_request::http_status)
        .add_array(ends, optional_text(&finish_request::error_code))
        .add_array(ends, &finish_request::segments)
        .add_array(ends, optional_text(&finish_request::next_route))
        .add_array(ends, &finish_request::put_back)
        .add_array(ends, optional_text(&finish_request::reason))
        .add_array(ends, [](const finish_request& end) { return !end.uncounted; })
        .add_array(
            ends,
            [](const finish_request& end) -> std::optional<std::span<const std::uint8_t>> {
                if (end.job.empty())
                    return std::nullopt;
                return std::span(
                    reinterpret_cast<const std::uint8_t*>(end.job.data()),
                    end.job.size()
                );
            }
        )
        .add_array(ends, &finish_request::index_message_id)
        .add_array(ends, &finish_request::bars_channel)
        .add_array(ends, &finish_request::looked_up);
    auto found = co_await finish_.execute(finish_sends, with, soon());
    if (!found)
        co_return store_failure(found.error());
    std::vector<finish_answer> answers;
    answers.reserve(ends.size());
    for (int row = 0; row < found->size(); ++row)
        answers.push_back(read_finish_answer(*found, row));
    co_return answers;
}

asio::awaitable<store_result<std::vector<due_job>>> pg_delivery_store::sweep(int most) {
    const postgres::params with(most);
    auto found = co_await rest_.execute(sweep_due, with, soon());
    if (!found)
        co_return store_failure(found.error());
    std::vector<due_job> due;
    for (int row = 0; row < found->size(); ++row) {
        const auto body = found->get<postgres::bytea_view>(row, 1);
        due_job job;
        job.request_id = found->get<uuid>(row, 0);
        job.body.assign(reinterpret_cast<const char*>(body.data()), body.size());
        job.traceparent = found->get<std::optional<std::string>>(row, 2);
        due.push_back(std::move(job));
    }
    co_return due;
}

asio::awaitable<store_result<void>> pg_delivery_store::mark_published(
    const std::vector<uuid>& requests
) {
    const postgres::params with(requests);
    auto done = co_await rest_.execute(mark_as_published, with, soon());
    if (!done)
        co_return store_failure(done.error());
    co_return store_result<void>();
}

asio::awaitable<store_result<std::vector<uuid>>> pg_delivery_store::keep(
    const std::vector<refused_outcome>& untold
) {
    postgres::params with;
    with.add_array(untold, &refused_outcome::request_id);
    with.add_array(untold, &refused_outcome::tenant);
    with.add_array(untold, &refused_outcome::status);
    auto found = co_await rest_.execute(keep_outcomes, with, soon());
    if (!found)
        co_return store_failure(found.error());
    std::vector<uuid> kept;
    for (int row = 0; row < found->size(); ++row)
        kept.push_back(found->get<uuid>(row, 0));
    co_return kept;
}

asio::awaitable<store_result<void>> pg_delivery_store::prepare_days() {
    const postgres::params none;
    auto done = co_await rest_.execute(ensure_partitions, none, soon());
    if (!done)
        co_return store_failure(done.error());
    co_return store_result<void>();
}

asio::awaitable<store_result<void>> pg_delivery_store::confirm_writable(
    std::chrono::milliseconds limit
) {
    const auto told = co_await rest_.confirm_writable(std::chrono::steady_clock::now() + limit);
    if (!told)
        co_return store_failure(told.error());
    co_return store_result<void>();
}

}  // namespace otp
