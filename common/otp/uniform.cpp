#include "common/otp/uniform.hpp"

#include <cstddef>
#include <limits>

namespace otp {

namespace {

std::uint64_t power_of_ten(int exponent) {
    std::uint64_t power = 1;
    for (int i = 0; i < exponent; ++i)
        power *= 10;
    return power;
}

}  // namespace

bool first_uniform(
    const std::array<std::uint8_t, 32>& block,
    int digits,
    std::uint64_t& value
) noexcept {
    const std::uint64_t range = power_of_ten(digits);
    const bool narrow = range <= std::numeric_limits<std::uint32_t>::max();
    const std::size_t word_bytes = narrow ? 4 : 8;
    const std::uint64_t greatest = narrow ? std::numeric_limits<std::uint32_t>::max()
                                          : std::numeric_limits<std::uint64_t>::max();
    // 2^bits is no multiple of 10^digits, so the number of whole runs is greatest / range.
    const std::uint64_t limit = greatest / range * range;
    for (std::size_t at = 0; at < block.size(); at += word_bytes) {
        value = 0;
        for (std::size_t i = 0; i < word_bytes; ++i)
            value = value << 8 | block[at + i];
        if (value < limit) {
            value %= range;
            return true;
        }
    }
    return false;
}

}  // namespace otp
