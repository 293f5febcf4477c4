#pragma once

#include <array>
#include <cstdint>

namespace otp {

constexpr std::array<char, 4> big_endian(std::uint32_t value) {
    return {
        static_cast<char>(value >> 24),
        static_cast<char>(value >> 16),
        static_cast<char>(value >> 8),
        static_cast<char>(value)};
}

}  // namespace otp
