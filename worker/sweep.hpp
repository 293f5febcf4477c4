#pragma once

#include "common/amqp/publisher.hpp"
#include "common/store/delivery_store.hpp"
#include "common/store/store_clock.hpp"
#include "worker/page_by_page.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// Publishes what waits in the tables and not in the queue: sends accepted by a process that died
// before it published them, and retries that a receipt asked for. Several processes may sweep: a
// row is claimed for 30 s. The messages are dated by `clock`, as workers judge them by it. Also
// makes the event partitions of the days to come. Runs until cancelled.
boost::asio::awaitable<void> sweep_stored_jobs(
    delivery_store& store,
    amqp::publisher& publisher,
    const store_clock& clock,
    sweep_pace pace = {}
);

}  // namespace otp
