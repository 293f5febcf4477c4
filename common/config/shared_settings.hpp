#pragma once

#include "common/config/settings.hpp"
#include "common/core/secret.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace otp {

// The two servers that every program of ours talks to.
struct server_settings {
    secret amqp_url;
    secret database_url;
    std::string amqp_ca_file;  // empty: the system's
    std::chrono::seconds startup_wait{60};
};

server_settings read_server_settings(settings& from);

// Of OTP_STARTUP_WAIT_SECONDS; what one attempt at a server takes, where no wait is asked for.
std::chrono::seconds read_startup_wait(settings& from);

// What a code gets where a job says nothing.
struct code_settings {
    std::chrono::seconds ttl{300};  // 60 to 600
    int length = 6;                 // 4 to 10; under 6 is worth a warning
};

code_settings read_code_settings(settings& from);

// The ladder of pauses before another text of one verification, in seconds; {0} where it is
// switched off.
std::vector<int> read_resend_ladder(settings& from);

// Of OTP_QUEUE, the queue whose jobs are sent; a fault where the name is RabbitMQ's, is of another
// queue of ours or a key of otp.send, or does not fit into AMQP.
std::string read_queue(settings& from);

// Of OTP_CALLBACK_URL, the public base of otp-verify's webhooks: without a final slash; empty where
// no receipts are asked for.
std::string read_callback_url(settings& from);

}  // namespace otp
