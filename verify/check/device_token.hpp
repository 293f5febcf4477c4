#pragma once

#include "common/otp/code.hpp"
#include "common/otp/keys.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace otp {

// How long a device counts as known after a check it passed.
inline constexpr std::chrono::days device_token_life{90};

// What a device keeps that once gave the right code for `subject`. Its later checks are counted
// apart from those of strangers, so that nobody locks it out by guessing. It opens nothing by
// itself.
//
// base64url of: version (1 byte), length of the key's id (1), the id, seconds since 1970 of the
// issue (8, big-endian), HMAC-SHA-256(key, "otp-device/1", id, those 8 bytes, tenant, number,
// purpose), each field preceded by its length. So it names neither number nor tenant.
std::string make_device_token(
    const key& device_key,
    const code_subject& subject,
    std::chrono::system_clock::time_point now
);

// False for whatever is not such a token, of a key in `keys`, for this subject, and of the last 90
// days: who brings it is a stranger.
bool is_device_token(
    std::string_view token,
    const key_ring& keys,
    const code_subject& subject,
    std::chrono::system_clock::time_point now
);

}  // namespace otp
