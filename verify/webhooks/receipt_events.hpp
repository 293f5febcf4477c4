#pragma once

#include "common/amqp/publisher.hpp"
#include "common/async/task_group.hpp"
#include "common/store/receipt_store.hpp"

#include <vector>

namespace otp {

// Tells the outcomes that receipts brought, in the background and in batches that form while one is
// under way. They are committed: what is not told from here, a worker's sweep tells.
class receipt_events {
public:
    receipt_events(receipt_store& store, amqp::publisher& broker, task_group& tasks)
        : store_(store),
          broker_(broker),
          tasks_(tasks) {}

    void tell(untold_event event);

private:
    boost::asio::awaitable<void> tell_waiting();

    receipt_store& store_;
    amqp::publisher& broker_;
    task_group& tasks_;
    std::vector<untold_event> waiting_;
    bool telling_ = false;
};

}  // namespace otp
