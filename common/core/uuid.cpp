#include "common/core/uuid.hpp"

#include "common/core/hex.hpp"

#include <algorithm>
#include <cstring>

namespace otp {

namespace {

constexpr bool dash_stands_at(std::size_t place) {
    return place == 8 || place == 13 || place == 18 || place == 23;
}

}  // namespace

std::optional<uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36)
        return std::nullopt;
    uuid id;
    std::size_t nibble = 0;
    for (std::size_t place = 0; place < text.size(); ++place) {
        if (dash_stands_at(place)) {
            if (text[place] != '-')
                return std::nullopt;
            continue;
        }
        const int value = hex_value(text[place]);
        if (value < 0)
            return std::nullopt;
        auto& byte = id.bytes[nibble / 2];
        byte = static_cast<std::uint8_t>(byte << 4 | value);
        ++nibble;
    }
    return id;
}

std::string to_string(const uuid& id) {
    std::string text;
    text.reserve(36);
    for (const auto byte : id.bytes) {
        if (dash_stands_at(text.size()))
            text += '-';
        text += hex_digits[byte >> 4];
        text += hex_digits[byte & 15];
    }
    return text;
}

uuid make_uuid_v7(
    std::chrono::system_clock::time_point now,
    const std::array<std::uint8_t, 10>& random
) {
    const auto ms = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count()
    );
    uuid id;
    for (std::size_t i = 0; i < 6; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    std::copy(random.begin(), random.end(), id.bytes.begin() + 6);
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x70);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
    return id;
}

}  // namespace otp

std::size_t std::hash<otp::uuid>::operator()(const otp::uuid& id) const noexcept {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, id.bytes.data(), 8);
    std::memcpy(&low, id.bytes.data() + 8, 8);
    return std::hash<std::uint64_t>{}(high * 0x9E3779B97F4A7C15U ^ low);
}
