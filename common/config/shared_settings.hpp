#pragma once

#include "common/config/settings.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

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

// Why no queue of that name holds jobs: there is none, it is RabbitMQ's, of another queue of ours
// or a key of otp.send, or it does not fit into AMQP.
std::optional<std::string> queue_fault(std::string_view name);

// Of OTP_QUEUE, the queue whose jobs are sent.
std::string read_queue(settings& from);

// Of OTP_RETENTION_DAYS, 1 to 3650: what is older goes.
int read_retention_days(settings& from);

// Of OTP_CALLBACK_URL, the public base of otp-verify's webhooks: without a final slash; empty where
// no receipts are asked for.
std::string read_callback_url(settings& from);

}  // namespace otp
