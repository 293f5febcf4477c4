#include "verify/check/checker.hpp"

#include "common/log/log.hpp"
#include "verify/check/device_token.hpp"
#include "verify/store_fault.hpp"
#include "verify/store_limit.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

problem later(std::string_view word, std::string_view detail, std::chrono::milliseconds wait) {
    problem why(429, word, std::string(detail));
    why.retry_after = whole_seconds(wait);
    return why;
}

problem key_not_here() {
    problem why(503, "unavailable", "this code cannot be checked here now; nothing was counted");
    why.retry_after = std::chrono::seconds(5);
    return why;
}

problem settled(std::string_view word) {
    return {410, word, "this verification takes no more checks: " + std::string(word)};
}

}  // namespace

std::optional<problem> refusal_in(const check_verdict& verdict) {
    switch (verdict.answer) {
    case check_answer::approved:
    case check_answer::wrong:
    case check_answer::max_attempts_reached:
        return std::nullopt;
    case check_answer::closed:
        return settled("max_attempts_reached");
    case check_answer::already_used:
    case check_answer::expired:
    case check_answer::canceled:
        return settled(to_string(verdict.answer));
    case check_answer::check_too_soon:
        return later("check_too_soon", "a pause follows wrong codes", verdict.retry_after);
    case check_answer::check_budget_spent:
        return later("check_budget_spent", "too many wrong codes in a day", verdict.retry_after);
    case check_answer::unknown_key:
        return key_not_here();
    case check_answer::not_found:
        break;
    }
    return not_found("there is no verification to check");
}

code_check checker::tagged(
    std::string tenant,
    number_and_purpose subject,
    std::optional<uuid> id,
    secret code,
    secret device_token
) const {
    code_check asked;
    asked.tenant = std::move(tenant);
    asked.number = std::move(subject.number);
    asked.purpose = std::move(subject.purpose);
    asked.id = id;
    const code_subject bound{asked.tenant, asked.number, asked.purpose};
    const auto now = clock_.now();
    asked.known_device = is_device_token(device_token.reveal(), device_keys_, bound, now);
    for (const auto& key : keys_.all())
        asked.tags.push_back(tag_code(key, bound, code.reveal()));
    return asked;
}

asio::awaitable<or_problem<check_verdict>> checker::check_number(
    std::string tenant,
    number_and_purpose subject,
    secret code,
    secret device_token
) {
    auto asked = tagged(
        std::move(tenant),
        std::move(subject),
        std::nullopt,
        std::move(code),
        std::move(device_token)
    );
    co_return co_await check(std::move(asked));
}

asio::awaitable<or_problem<check_verdict>> checker::check_id(
    std::string tenant,
    uuid id,
    secret code,
    secret device_token
) {
    auto subject = co_await store_.find_for_check(tenant, id, store_deadline());
    if (!subject)
        co_return store_fault("verification_for_check", subject.error());
    if (!*subject)
        co_return not_found("there is no verification with this id");
    auto asked = tagged(
        std::move(tenant),
        std::move(**subject),
        id,
        std::move(code),
        std::move(device_token)
    );
    co_return co_await check(std::move(asked));
}

asio::awaitable<or_problem<check_verdict>> checker::check(code_check asked) {
    auto verdict = co_await gathered_.check(asked, store_deadline());
    if (!verdict)
        co_return store_fault("check_codes", verdict.error());
    counts_.checked(*verdict);
    if (verdict->answer == check_answer::unknown_key)
        log::error("hash_key_unknown").with("detail", "a live code has a key not in OTP_HASH_KEYS");
    if (verdict->answer == check_answer::expired && verdict->ended)
        tell(asked, *verdict);
    if (auto why = refusal_in(*verdict))
        co_return std::move(*why);
    tell(asked, *verdict);
    co_return std::move(*verdict);
}

void checker::tell(const code_check& asked, const check_verdict& verdict) {
    if (verdict.answer == check_answer::wrong)
        return;
    outcome_event event;
    event.kind = "verification";
    event.status = to_string(verdict.answer);
    event.verification_id = verdict.id;
    event.tenant = asked.tenant;
    event.user = verdict.user;
    event.purpose = asked.purpose;
    event.at = verdict.settled_at.value_or(std::chrono::system_clock::now());
    events_.tell(event);
}

}  // namespace otp
