#pragma once

#include "common/core/secret.hpp"

#include <string>
#include <string_view>

namespace otp {

// "k2:" and 64 random hexadecimal digits: an entry of OTP_CODE_KEYS, OTP_HASH_KEYS or
// OTP_DEVICE_KEYS.
secret new_key_entry(std::string_view id);

// An id for a new key: the day, given as "2026-11-28", and eight random hexadecimal digits, as
// "k20261128-5f0c93ae". An id must never come again, and where a key is made nobody may know the
// others.
std::string new_key_id(std::string_view day);

// Whether one of `list`, "id:hex,id:hex" or "id:path,id:path", has this id.
bool lists_key_id(std::string_view list, std::string_view id);

// A P-256 private key in PEM, for OTP_PROOF_KEYS.
secret new_proof_key();

}  // namespace otp
