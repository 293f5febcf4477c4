#pragma once

#include "common/core/secret.hpp"
#include "common/phone/phone_number.hpp"
#include "verify/problem.hpp"

#include <string>
#include <string_view>

namespace otp {

// A code typed in for a number.
struct number_check {
    phone_number to;
    std::string purpose;
    secret code;
    secret device_token;  // empty: none was sent
};

// The same for the verification of an id.
struct id_check {
    secret code;
    secret device_token;
};

// Body of POST /v1/check: {to, code, purpose?, device_token?}.
or_problem<number_check> read_number_check(const secret& text, std::string_view region);

// Body of POST /v1/verifications/{id}/check: {code, device_token?}.
or_problem<id_check> read_id_check(const secret& text);

// What can be a code: 4 to 10 decimal digits.
bool is_code(std::string_view text);

}  // namespace otp
