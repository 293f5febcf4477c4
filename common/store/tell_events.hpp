#pragma once

#include "common/amqp/publisher.hpp"
#include "common/store/receipt_store.hpp"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace otp {

// Publishes them with the broker's confirms and forgets those that are confirmed. What is not, or
// what cannot be forgotten, is told again by a sweep: events come at least once. True where none is
// left for it.
boost::asio::awaitable<bool> tell_events(
    receipt_store& store,
    amqp::publisher& broker,
    std::vector<untold_event> events
);

}  // namespace otp
