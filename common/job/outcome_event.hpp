#pragma once

#include "common/core/uuid.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace otp {

// What consumers of exchange otp.events are told (contracts, section 3). No number and no code.
struct outcome_event {
    std::string_view kind;    // "delivery" or "verification"
    std::string_view status;  // a state of contracts, section 4
    std::optional<uuid> request_id;
    std::optional<uuid> verification_id;
    std::string_view tenant;
    std::optional<std::string> user;
    std::string_view purpose;
    std::chrono::system_clock::time_point at;
    std::string_view provider;  // empty fields are left out as null
    std::string_view channel;
    std::string_view reason;
};

// "delivery.sent": the routing key, and the value of `event`.
std::string routing_key(const outcome_event& event);

std::string write_event(const outcome_event& event);

}  // namespace otp
