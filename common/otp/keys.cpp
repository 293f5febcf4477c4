#include "common/otp/keys.hpp"

#include "common/core/ascii.hpp"
#include "common/core/hex.hpp"

#include <algorithm>
#include <cstdint>

namespace otp {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t max_id_bytes = 32;

// Empty where `hex` is not 32 bytes in hexadecimal.
secret read_key(std::string_view hex) {
    if (hex.size() != 2 * key_bytes)
        return {};
    secret bytes = secret::of_size(key_bytes);
    for (std::size_t i = 0; i < key_bytes; ++i) {
        const int value = hex_byte(hex[2 * i], hex[2 * i + 1]);
        if (value < 0)
            return {};
        bytes.bytes()[i] = static_cast<char>(value);
    }
    return bytes;
}

std::string fault(std::size_t place, std::string_view expected) {
    return "key " + std::to_string(place) + ": " + std::string(expected);
}

}  // namespace

bool is_key_id(std::string_view text) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return !text.empty() && text.size() <= max_id_bytes &&
           text.find_first_not_of(allowed) == std::string_view::npos;
}

boost::system::result<key_ring, std::string> key_ring::parse(std::string_view text) {
    key_ring ring;
    for (std::size_t place = 1;; ++place) {
        const auto comma = text.find(',');
        const auto entry = trimmed(text.substr(0, comma), " \t\r\n");
        const auto colon = entry.find(':');
        if (colon == std::string_view::npos)
            return fault(place, "expected id:hex");
        const auto id = entry.substr(0, colon);
        if (!is_key_id(id))
            return fault(place, key_id_rule);
        if (ring.find(id) != nullptr)
            return fault(place, "its id is that of an earlier key");
        auto bytes = read_key(entry.substr(colon + 1));
        if (bytes.empty())
            return fault(place, "expected 64 hexadecimal digits (32 bytes) after the id");
        ring.keys_.push_back(key{std::string(id), std::move(bytes)});
        if (comma == std::string_view::npos)
            return ring;
        text.remove_prefix(comma + 1);
    }
}

const key* key_ring::find(std::string_view id) const {
    const auto found =
        std::find_if(keys_.begin(), keys_.end(), [id](const key& one) { return one.id == id; });
    return found == keys_.end() ? nullptr : &*found;
}

}  // namespace otp
