#pragma once

#include "common/core/uuid.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace otp {

// An outcome that a receipt brought and that is committed; its event is to be published, and only
// then forgotten.
struct untold_event {
    std::int64_t id = 0;
    std::chrono::system_clock::time_point at;
    uuid request_id;
    std::optional<uuid> verification_id;
    std::string tenant;
    std::optional<std::string> user;
    std::string purpose;
    std::string status;  // delivered or undelivered
    std::string provider;
    std::string channel;
    std::string reason;  // empty: none
    std::optional<std::string> traceparent;
};

}  // namespace otp
