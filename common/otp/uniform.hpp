#pragma once

#include <array>
#include <cstdint>

namespace otp {

inline constexpr int min_code_length = 4;
inline constexpr int max_code_length = 10;

// Puts the first value below 10^`digits` (4 to 10) that `block` gives without bias into `value`:
// the block's big-endian words in turn, of 32 bits, or of 64 where 10^digits needs them; a word
// from the last, incomplete run of 10^digits values is passed over. False where all are: at 9
// digits once in 2·10^9 blocks, else more seldom yet.
//
// The value is a code: it stands in `value` and nowhere else, so that the caller can wipe it.
bool first_uniform(
    const std::array<std::uint8_t, 32>& block,
    int digits,
    std::uint64_t& value
) noexcept;

}  // namespace otp
