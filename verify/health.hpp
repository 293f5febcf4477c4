#pragma once

#include "common/amqp/publisher.hpp"
#include "common/http/server.hpp"
#include "common/postgres/pool.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// GET /livez: the loop turns, or nobody would answer.
http::server_answer alive();

// GET /readyz: 200 where the database answers within 5 s that it takes writes, and the broker
// within 2 s that a send could be published now, else 503. The body lists each check.
boost::asio::awaitable<http::server_answer> readiness(
    postgres::pool& database,
    amqp::publisher& broker
);

}  // namespace otp
