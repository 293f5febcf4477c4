#pragma once

#include "common/core/secret.hpp"

#include <string>
#include <string_view>

namespace otp {

// "k2:" and 64 random hexadecimal digits: an entry of OTP_CODE_KEYS, OTP_HASH_KEYS or
// OTP_DEVICE_KEYS.
secret new_key_entry(std::string_view id);

// An id that none of `list` ("id:hex,id:hex") has: of this day, "k20261128", with a letter behind
// it where that is taken.
std::string new_key_id(std::string_view list, std::string_view day);

// A P-256 private key in PEM, for OTP_PROOF_KEYS.
secret new_proof_key();

}  // namespace otp
