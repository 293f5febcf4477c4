#pragma once

#include "common/core/secret.hpp"
#include "common/core/uuid.hpp"
#include "common/otp/keys.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace otp {

// What a code belongs to: it is good for nothing else.
struct code_subject {
    std::string_view tenant;
    std::string_view number;  // E.164
    std::string_view purpose;
};

// The code of one generation, `length` (4 to 10) decimal digits: the same inputs give the same
// digits on every redelivery, provider and replica. `seed` is the request id that opened the
// generation.
//
// HMAC-SHA-256(key, "otp-code/1", seed, tenant, number, purpose, length, counter) read as 32-bit
// big-endian words (two words to a value where 10^length needs it), a value rejected where it would
// bias the result, the counter raised when the words run out. The exact bytes: docs/codes.md.
secret derive_code(const key& code_key, const uuid& seed, const code_subject& subject, int length);

using code_tag = std::array<std::uint8_t, 32>;

// What is stored in place of the code.
code_tag tag_code(const key& hash_key, const code_subject& subject, std::string_view code);

}  // namespace otp
