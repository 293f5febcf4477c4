#pragma once

#include "common/async/deadline.hpp"
#include "common/core/uuid.hpp"
#include "common/postgres/pool.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace otp {

struct canceled_verification {
    std::string status;            // canceled, or what it was settled with before
    bool settled_by_this = false;  // false: it was settled before
    std::string number;
    std::string purpose;
    std::optional<std::string> user;
    std::chrono::system_clock::time_point settled_at;
};

// Cancels a pending verification: no further text is begun for it. Empty where the tenant has none
// of that id.
boost::asio::awaitable<postgres::result<std::optional<canceled_verification>>> cancel_pending(
    postgres::pool& database,
    const std::string& tenant,
    const uuid& id,
    deadline at
);

}  // namespace otp
