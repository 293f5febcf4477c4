#include "verify/webhooks/gathered_receipts.hpp"

#include "common/core/kill_point.hpp"

#include <string>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

// Of the pool's eight connections. A second one works only where a batch is full.
constexpr std::size_t receipt_batches_at_a_time = 2;
// As many as are worth one statement; a larger one would hold its locks for longer.
constexpr std::size_t receipts_in_a_batch = 64;
constexpr std::size_t receipts_alone_at_a_time = 2;

using keyed = std::vector<std::pair<std::string, receipt_record>>;

std::string key_of(const receipt_record& receipt) {
    if (receipt.request_id)
        return to_string(*receipt.request_id);
    return receipt.provider + '\0' + receipt.message_id;
}

}  // namespace

gathered_receipts::gathered_receipts(
    receipt_store& store,
    verify_metrics& counts,
    task_group& tasks
)
    : store_(store),
      counts_(counts),
      together_(
          tasks,
          {receipt_batches_at_a_time, receipts_in_a_batch},
          [this](std::vector<receipt_record> receipts, deadline at) {
              return store_together(std::move(receipts), at);
          }
      ),
      alone_(
          tasks,
          {receipts_alone_at_a_time, 1},
          [this](std::vector<receipt_record> receipts, deadline at) {
              return store_alone(std::move(receipts), at);
          }
      ) {}

asio::awaitable<std::vector<postgres::result<recorded_receipt>>> gathered_receipts::record(
    std::vector<receipt_record> receipts,
    deadline at
) {
    kill_point("receipt_taken");
    keyed all;
    for (const auto& one : receipts)
        all.emplace_back(key_of(one), one);
    auto answers = co_await together_.ask_all(std::move(all), at);

    keyed refused;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        if (!is_to_ask_alone(answers[i]))
            continue;
        refused.emplace_back(key_of(receipts[i]), std::move(receipts[i]));
        places.push_back(i);
    }
    auto later = co_await alone_.ask_all(std::move(refused), at);
    for (std::size_t i = 0; i < places.size(); ++i)
        answers[places[i]] = std::move(later[i]);

    kill_point("receipt_stored");
    std::vector<postgres::result<recorded_receipt>> outcomes;
    outcomes.reserve(answers.size());
    for (auto& one : answers)
        outcomes.push_back(outcome_of(std::move(one), "receipt"));
    co_return outcomes;
}

gathered_receipts::storing gathered_receipts::store_together(
    std::vector<receipt_record> receipts,
    deadline at
) {
    counts_.batch("receipt", receipts.size());
    auto outcomes = co_await store(receipts, at);
    co_return alone_where_refused(std::move(outcomes));
}

gathered_receipts::storing gathered_receipts::store_alone(
    std::vector<receipt_record> receipts,
    deadline at
) {
    counts_.batch("receipt_alone", receipts.size());
    co_return co_await store(receipts, at);
}

gathered_receipts::storing gathered_receipts::store(
    const std::vector<receipt_record>& receipts,
    deadline at
) {
    auto answer = co_await store_.record(receipts, at);
    co_return each_of<recorded_receipt>(std::move(answer), receipts.size());
}

}  // namespace otp
