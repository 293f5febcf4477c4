#pragma once

#include <cstdint>

namespace otp::amqp {

// Milliseconds a retry may wait, the shortest first; there is a queue for each, because in one
// queue a short wait would stand behind a long one.
inline constexpr std::uint32_t retry_delays_ms[] = {250, 500, 1000, 2000, 4000, 8000};

}  // namespace otp::amqp
