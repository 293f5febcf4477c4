#pragma once

#include "common/async/deadline.hpp"
#include "common/postgres/pool.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace otp {

using key_hash = std::array<std::uint8_t, 32>;  // SHA-256 of an API key; the key is not stored

struct key_owner {
    std::string tenant;
    std::vector<std::string> scopes;  // send, check, read, admin
};

// Whom a living key belongs to; empty for one that is unknown or revoked.
boost::asio::awaitable<postgres::result<std::optional<key_owner>>> find_api_key(
    postgres::pool& database,
    key_hash hash,
    deadline at
);

}  // namespace otp
