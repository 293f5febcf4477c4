#pragma once

#include "common/async/gatherer.hpp"
#include "common/store/receipt_store.hpp"
#include "verify/batch_answers.hpp"
#include "verify/verify_metrics.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace otp {

// Has the receipts of all requests of this process stored by few statements: what comes while one
// is under way gathers and shares the next. Those of one request of ours, or of one message, go one
// after the other, as they came.
//
// Each of a batch that the server refused is stored by itself, so that a receipt it cannot take
// harms no other.
class gathered_receipts {
public:
    // `tasks` must be joined before any of them ends.
    gathered_receipts(receipt_store& store, verify_metrics& counts, task_group& tasks);

    // What became of each, in their order. An error means that it was not stored, or that nobody
    // knows: what has not gone by `at` never goes.
    boost::asio::awaitable<std::vector<postgres::result<recorded_receipt>>> record(
        std::vector<receipt_record> receipts,
        deadline at
    );

    // Receipts that wait for a statement.
    std::size_t waiting() const noexcept { return together_.waiting() + alone_.waiting(); }

private:
    // Of one receipt; empty where its batch was refused.
    using outcome = batch_answer<recorded_receipt>;
    using storing = boost::asio::awaitable<std::vector<outcome>>;

    storing store_together(std::vector<receipt_record> receipts, deadline at);
    storing store_alone(std::vector<receipt_record> receipts, deadline at);
    storing store(const std::vector<receipt_record>& receipts, deadline at);

    receipt_store& store_;
    verify_metrics& counts_;
    gatherer<receipt_record, outcome> together_;
    gatherer<receipt_record, outcome> alone_;
};

}  // namespace otp
