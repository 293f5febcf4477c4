#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace otp::postgres {

// Bytes in PostgreSQL's binary format: integers are big-endian two's complement.
using bytes = std::string;

namespace wire {

template <std::integral Int>
void put(bytes& to, Int value) {
    auto rest = static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    char text[sizeof(Int)];
    for (std::size_t i = sizeof(Int); i-- > 0; rest >>= 8)
        text[i] = static_cast<char>(rest & 0xFF);
    to.append(text, sizeof(Int));
}

// Overwrites four bytes written earlier.
inline void put_at(bytes& to, std::size_t place, std::int32_t value) {
    const auto bits = static_cast<std::uint32_t>(value);
    for (std::size_t i = 0; i < 4; ++i)
        to[place + i] = static_cast<char>(bits >> (24 - 8 * i) & 0xFF);
}

// `from` holds at least sizeof(Int) bytes.
template <std::integral Int>
Int get(std::string_view from) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Int); ++i)
        value = value << 8 | static_cast<unsigned char>(from[i]);
    return static_cast<Int>(value);
}

}  // namespace wire

}  // namespace otp::postgres
