#include "verify/check/gathered_checks.hpp"

#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

// Of the pool's eight connections. A second one works only where a batch is full: smaller batches
// share the cost of a statement among fewer.
constexpr std::size_t check_batches_at_a_time = 2;
// As many as are worth one statement; beyond some 50 rows a larger batch gains hardly anything.
constexpr std::size_t checks_in_a_batch = 64;
// These may have to wait for a lock, and leave the rest of the pool to whoever else asks.
constexpr std::size_t checks_alone_at_a_time = 2;

std::string key_of(const code_check& check) {
    std::string key;
    key.reserve(check.tenant.size() + check.number.size() + check.purpose.size() + 2);
    key.append(check.tenant).push_back('\0');
    key.append(check.number).push_back('\0');
    return key.append(check.purpose);
}

}  // namespace

gathered_checks::gathered_checks(
    verification_store& store,
    const key_ring& keys,
    verify_metrics& counts,
    task_group& tasks
)
    : store_(store),
      counts_(counts),
      together_(
          tasks,
          {check_batches_at_a_time, checks_in_a_batch},
          [this](std::vector<code_check> asked, deadline at) {
              return ask_together(std::move(asked), at);
          }
      ),
      alone_(
          tasks,
          {checks_alone_at_a_time, 1},
          [this](std::vector<code_check> asked, deadline at) {
              return ask_alone(std::move(asked), at);
          }
      ) {
    for (const key& one : keys.all())
        key_ids_.push_back(one.id);
}

asio::awaitable<postgres::result<check_verdict>> gathered_checks::check(
    code_check asked,
    deadline at
) {
    const auto key = key_of(asked);
    auto answer = co_await together_.ask(key, asked, at);
    if (is_to_ask_alone(answer))
        answer = co_await alone_.ask(key, std::move(asked), at);
    co_return outcome_of(std::move(answer), "check");
}

gathered_checks::asking gathered_checks::ask_together(std::vector<code_check> asked, deadline at) {
    counts_.batch("check", asked.size());
    auto verdicts = co_await ask(asked, if_held::defer, at);
    co_return alone_where_refused(std::move(verdicts));
}

gathered_checks::asking gathered_checks::ask_alone(std::vector<code_check> asked, deadline at) {
    counts_.batch("check_alone", asked.size());
    co_return co_await ask(asked, if_held::wait, at);
}

gathered_checks::asking gathered_checks::ask(
    const std::vector<code_check>& asked,
    if_held what,
    deadline at
) {
    auto answer = co_await store_.check_codes(key_ids_, asked, what, at);
    co_return each_of<check_verdict>(std::move(answer), asked.size());
}

}  // namespace otp
