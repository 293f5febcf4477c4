#pragma once

#include "common/amqp/publisher.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace otp::bench {

// Jobs as an app publishes them: to distinct numbers of one tenant, each with a variable.
struct job_supply {
    std::size_t count = 0;
    std::uint64_t first_number = 0;  // then one by one
    int ttl = 600;                   // seconds
    std::chrono::seconds age{0};     // since they were asked for
};

// As fast as the broker confirms them.
boost::asio::awaitable<void> publish_all(amqp::publisher& to, job_supply jobs);

// So many a second, evenly, whatever the broker says. Throws where one was not confirmed.
boost::asio::awaitable<void> publish_paced(amqp::publisher& to, job_supply jobs, double rate);

}  // namespace otp::bench
