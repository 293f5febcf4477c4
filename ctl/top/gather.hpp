#pragma once

#include "common/amqp/connection.hpp"
#include "common/postgres/connection.hpp"
#include "ctl/top/view.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace otp {

// Each fills its part of the view. What cannot be asked becomes a fault of it, not an exception.

boost::asio::awaitable<void> gather_database(
    postgres::connection& database,
    std::chrono::milliseconds span,
    top_view& into
);

boost::asio::awaitable<void> gather_queues(
    amqp::connection& broker,
    std::string queue,
    top_view& into
);

// `urls`: of workers, as OTP_WORKER_LISTEN says them.
boost::asio::awaitable<void> gather_workers(std::vector<std::string> urls, top_view& into);

}  // namespace otp
