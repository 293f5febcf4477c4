#pragma once

#include "common/async/task_group.hpp"
#include "common/store/receipt_store.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <map>
#include <string>

namespace otp {

// Receipts that say what answers say else: the whole account is refused, so every call would be.
// Has the breaker of their provider and channel opened at all workers, and tells operators, once a
// minute for each.
class account_refusals {
public:
    // `tasks` must be joined before any of them ends.
    account_refusals(receipt_store& store, task_group& tasks) : store_(store), tasks_(tasks) {}

    // Of a message that we know; in the background.
    void tell(receipt_record receipt);

private:
    boost::asio::awaitable<void> open_breaker(receipt_record receipt);

    receipt_store& store_;
    task_group& tasks_;
    // When the next receipt of a lane may ask; never while one is being asked for.
    std::map<std::string, std::chrono::steady_clock::time_point> not_before_;
};

}  // namespace otp
