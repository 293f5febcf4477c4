#pragma once

#include "common/async/deadline.hpp"
#include "common/postgres/pool.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace otp {

// What an operator has stopped, for all workers (migrations/0019_pauses.sql).
struct paused_one {
    std::string kind;  // provider, channel, lane or queue
    std::string name;  // "twilio", "sms", "twilio/sms", "otp.send"
    std::string reason;

    bool operator==(const paused_one&) const = default;
};

class pause_store {
public:
    explicit pause_store(postgres::pool& database) : database_(database) {}

    boost::asio::awaitable<postgres::result<std::vector<paused_one>>> now(deadline at);

private:
    postgres::pool& database_;
};

}  // namespace otp
