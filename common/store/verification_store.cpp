#include "common/store/verification_store.hpp"

#include "common/core/random.hpp"
#include "common/store/despite_races.hpp"

#include <array>
#include <span>
#include <stdexcept>

namespace otp {

namespace asio = boost::asio;
using postgres::params;
using postgres::result;
using postgres::rows;
using postgres::statement;

namespace {

constexpr statement accept_statement{
    "accept_send",
    "select verdict, status, reason, verification_id, channel, expires_at, next_send_seconds,"
    " retry_after_ms, observed, charged, job from otp.accept_send($1, $2, $3, $4, $5, $6, $7, $8,"
    " $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, nullif($22, '{}'), $23, $24, "
    "$25)"};

constexpr statement mark_statement{"mark_published", "select otp.mark_published($1)"};

constexpr statement check_statement{
    "check_codes",
    "select answer, id, attempts_left, retry_after_ms, settled_at, \"user\", provider, channel,"
    " country, ended from otp.check_codes($1, $2, $3, $4, $5, $6, $7, $8)"};

constexpr statement subject_statement{
    "verification_for_check",
    "select number, purpose from otp.verification_for_check($1, $2)"};

constexpr statement asked_statement{
    "was_asked_for",
    "select otp.list_deliveries($1, null, null, null, null, $2, null, null, 1) -> 'items' <> '[]'"};

constexpr statement read_statement{
    "read_verification",
    "select otp.read_verification($1, $2)::text"};

constexpr std::array<std::string_view, 11> answer_words{
    "approved",
    "wrong",
    "max_attempts_reached",
    "closed",
    "already_used",
    "expired",
    "canceled",
    "not_found",
    "check_too_soon",
    "check_budget_spent",
    "unknown_key"};

std::optional<std::string> first_channel(const send_job& job) {
    if (job.channels.empty())
        return std::nullopt;
    return std::string(to_string(job.channels.front()));
}

std::optional<std::string> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

postgres::bytea_view bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::optional<std::chrono::milliseconds> milliseconds_at(const rows& from, int row, int column) {
    const auto count = from.get<std::optional<std::int64_t>>(row, column);
    if (!count)
        return std::nullopt;
    return std::chrono::milliseconds(*count);
}

stored_send::verdict parse_verdict(std::string_view word) {
    if (word == "queued")
        return stored_send::verdict::queued;
    if (word == "repeated")
        return stored_send::verdict::repeated;
    if (word == "refused")
        return stored_send::verdict::refused;
    throw std::logic_error("otp.accept_send answered with an unknown word: " + std::string(word));
}

stored_send read_stored(const rows& from) {
    stored_send stored;
    stored.what = parse_verdict(from.get<std::string_view>(0, 0));
    stored.status = from.get<std::optional<std::string>>(0, 1).value_or("");
    stored.reason = from.get<std::optional<std::string>>(0, 2).value_or("");
    stored.verification_id = from.get<std::optional<uuid>>(0, 3);
    stored.channel = from.get<std::optional<std::string>>(0, 4);
    stored.expires_at = from.get<std::optional<postgres::time_point>>(0, 5);
    stored.next_send =
        std::chrono::seconds(from.get<std::optional<std::int32_t>>(0, 6).value_or(0));
    stored.retry_after = milliseconds_at(from, 0, 7);
    stored.observed = from.get<std::optional<std::string>>(0, 8).value_or("");
    stored.charged = from.get<bool>(0, 9);
    if (const auto message = from.get<std::optional<postgres::bytea_view>>(0, 10))
        stored.message.emplace(message->begin(), message->end());
    return stored;
}

params check_params(
    const std::vector<std::string>& keys,
    std::span<const code_check> checks,
    if_held what
) {
    std::vector<code_tag> tags;
    tags.reserve(checks.size() * keys.size());
    for (const code_check& check : checks)
        tags.insert(tags.end(), check.tags.begin(), check.tags.end());
    params with;
    with.add_array(checks, &code_check::tenant).add_array(checks, &code_check::number);
    with.add_array(checks, &code_check::purpose).add_array(checks, &code_check::id);
    with.add_array(checks, &code_check::known_device).add(keys).add(tags);
    with.add(what == if_held::wait);
    return with;
}

check_verdict read_verdict(const rows& from, int row, const code_check& of) {
    check_verdict verdict;
    verdict.answer = parse_check_answer(from.get<std::string_view>(row, 0));
    verdict.id = from.get<std::optional<uuid>>(row, 1);
    verdict.attempts_left = from.get<std::optional<std::int32_t>>(row, 2).value_or(0);
    verdict.retry_after = milliseconds_at(from, row, 3).value_or(std::chrono::milliseconds(0));
    verdict.settled_at = from.get<std::optional<postgres::time_point>>(row, 4);
    verdict.user = from.get<std::optional<std::string>>(row, 5);
    verdict.subject = {of.number, of.purpose};
    const auto text = [&](int column) {
        return from.get<std::optional<std::string>>(row, column).value_or("");
    };
    verdict.sent_by = {text(6), text(7), text(8)};
    verdict.ended = from.get<std::optional<bool>>(row, 9).value_or(false);
    return verdict;
}

}  // namespace

check_answer parse_check_answer(std::string_view word) {
    for (std::size_t i = 0; i < answer_words.size(); ++i)
        if (answer_words[i] == word)
            return static_cast<check_answer>(i);
    throw std::logic_error("otp.check_codes answered with an unknown word: " + std::string(word));
}

std::string_view to_string(check_answer answer) {
    return answer_words[static_cast<std::size_t>(answer)];
}

asio::awaitable<result<stored_send>> verification_store::accept_send(
    const send_job& job,
    const std::string& message,
    const std::optional<std::string>& traceparent,
    const send_terms& terms,
    deadline at
) {
    params with(job.request_id, job.tenant, job.to.e164(), job.purpose, job.user, job.client_ip);
    with.add(first_channel(job)).add(job.template_name);
    with.add(job.locale.empty() ? std::nullopt : std::optional(job.locale));
    with.add(static_cast<std::int32_t>(job.ttl.count())).add(std::int32_t{job.code_length});
    with.add(bytes_of(message)).add(traceparent).add(new_uuid()).add(terms.resend_of);
    const auto& bounds = terms.bounds;
    with.add(bounds.has_ladder ? terms.ladder : std::vector<int>{0});
    with.add(bounds.number_10_minutes).add(bounds.number_day).add(bounds.ip_hour);
    with.add(bounds.user_hour).add(bounds.user_day).add(bounds.watched);
    with.add(unless_empty(terms.bar)).add(unless_empty(terms.watched)).add(job.to.region());
    const auto answer = co_await execute_despite_races(database_, accept_statement, with, at);
    if (!answer)
        co_return answer.error();
    co_return read_stored(*answer);
}

asio::awaitable<result<void>> verification_store::mark_published(
    const uuid& request_id,
    deadline at
) {
    const params with(std::span(&request_id, 1));
    const auto answer = co_await execute_despite_races(database_, mark_statement, with, at);
    if (!answer)
        co_return answer.error();
    co_return boost::system::in_place_value;
}

asio::awaitable<result<std::vector<std::optional<check_verdict>>>> verification_store::check_codes(
    const std::vector<std::string>& keys,
    std::span<const code_check> checks,
    if_held what,
    deadline at
) {
    const auto with = check_params(keys, checks, what);
    const auto answer = co_await execute_despite_races(database_, check_statement, with, at);
    if (!answer)
        co_return answer.error();
    if (static_cast<std::size_t>(answer->size()) != checks.size())
        throw std::logic_error("otp.check_codes gave another number of answers than of checks");
    std::vector<std::optional<check_verdict>> verdicts(checks.size());
    for (int row = 0; row < answer->size(); ++row) {
        const auto place = static_cast<std::size_t>(row);
        if (answer->get<std::string_view>(row, 0) != "defer")
            verdicts[place] = read_verdict(*answer, row, checks[place]);
    }
    co_return verdicts;
}

asio::awaitable<result<std::optional<number_and_purpose>>> verification_store::find_for_check(
    const std::string& tenant,
    const uuid& id,
    deadline at
) {
    const params with(tenant, id);
    const auto answer = co_await execute_despite_races(database_, subject_statement, with, at);
    if (!answer)
        co_return answer.error();
    std::optional<number_and_purpose> subject;
    if (!answer->empty()) {
        subject.emplace();
        subject->number = answer->get<std::string>(0, 0);
        subject->purpose = answer->get<std::string>(0, 1);
    }
    co_return subject;
}

asio::awaitable<result<bool>> verification_store::was_asked_for(
    const std::string& tenant,
    const std::string& number,
    deadline at
) {
    const params with(tenant, number);
    const auto answer = co_await execute_despite_races(database_, asked_statement, with, at);
    if (!answer)
        co_return answer.error();
    co_return answer->get<bool>(0, 0);
}

asio::awaitable<result<std::optional<std::string>>> verification_store::read_verification(
    const std::string& tenant,
    const uuid& id,
    deadline at
) {
    const params with(tenant, id);
    const auto answer = co_await execute_despite_races(database_, read_statement, with, at);
    if (!answer)
        co_return answer.error();
    co_return answer->get<std::optional<std::string>>(0, 0);
}

}  // namespace otp
