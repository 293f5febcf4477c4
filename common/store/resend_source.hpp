#pragma once

#include "common/async/deadline.hpp"
#include "common/core/uuid.hpp"
#include "common/postgres/pool.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace otp {

// What a resend of a verification is made from: it, and its latest request.
struct resend_source {
    std::string status;    // as shown; anything but pending has no resend
    bool repeats = false;  // this very resend was stored before, and has its answer
    std::string number;
    std::string purpose;

    // Of the latest request.
    std::optional<uuid> request_id;
    std::optional<std::string> job;  // its message where it is kept; else all there is stands below
    std::optional<std::string> user;
    std::optional<std::string> client_ip;
    std::optional<std::string> channel;
    std::optional<std::string> template_name;
    std::optional<std::string> locale;
    std::optional<std::chrono::seconds> ttl;
    std::optional<int> code_length;
};

// Empty where the tenant has no such verification. `request_id` is that of the resend.
boost::asio::awaitable<postgres::result<std::optional<resend_source>>> find_for_resend(
    postgres::pool& database,
    const std::string& tenant,
    const uuid& id,
    const uuid& request_id,
    deadline at
);

}  // namespace otp
