#pragma once

#include "common/core/uuid.hpp"

#include <chrono>
#include <optional>
#include <string>

// Jobs that never come to begin.
namespace otp {

// One that was refused: not understood, or forbidden by policy.
struct reject_request {
    uuid request_id;
    std::string tenant;
    std::string number;      // empty where it could not be read
    bool unwritten = false;  // understood, but no text can be made: reject_jobs in migrations/0007
    std::string purpose;
    std::optional<std::string> user;
    std::string channel;
    std::string template_name;
    std::string locale;
    std::chrono::system_clock::time_point requested_at;
    std::string reason;
    std::optional<std::string> traceparent;
};

// One with too little of its life left for a text.
struct expire_request {
    uuid request_id;
    std::string tenant;
    std::string number;
    std::string purpose;
    std::optional<std::string> user;
    std::optional<std::string> client_ip;
    std::string channel;
    std::string template_name;
    std::string locale;
    std::chrono::system_clock::time_point requested_at;
    std::chrono::seconds ttl;
    std::optional<std::string> traceparent;
};

// One that was ended as `expired`.
struct expired_job {
    uuid request_id;
    std::optional<uuid> verification_id;  // of a request accepted over HTTP
    std::string channel;
};

// One that was ended as `rejected`.
struct rejected_job {
    uuid request_id;
    std::optional<uuid> verification_id;  // of a request accepted over HTTP
    std::string channel;                  // as asked for; empty: none was
};

}  // namespace otp
