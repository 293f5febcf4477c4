#pragma once

#include "common/async/deadline.hpp"

#include <chrono>

namespace otp {

// So long a request waits for the database, so that whoever asked hears of a fault while they still
// listen: of those that send receipts Gupshup waits for 10 s, Twilio for 15.
inline constexpr std::chrono::seconds store_limit{5};

inline deadline store_deadline() {
    return std::chrono::steady_clock::now() + store_limit;
}

}  // namespace otp
