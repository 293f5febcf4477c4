#include "verify/check/device_token.hpp"

#include "common/core/base64url.hpp"
#include "common/otp/hmac.hpp"

#include <openssl/crypto.h>

#include <array>
#include <cstdint>
#include <optional>

namespace otp {

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::string_view label = "otp-device/1";
constexpr char version = 1;
constexpr std::size_t time_bytes = 8;
constexpr std::size_t mac_bytes = 32;
constexpr std::size_t most_text = 128;  // an id has at most 32 bytes, the rest is fixed
constexpr seconds clock_skew{60};       // between processes on several machines

// The parts of a token; they point into its decoded bytes.
struct parts {
    std::string_view key_id;
    std::string_view issued;
    std::string_view mac;
};

std::string write_time(sys_seconds at) {
    auto left = static_cast<std::uint64_t>(at.time_since_epoch().count());
    std::string bytes(time_bytes, '\0');
    for (std::size_t i = time_bytes; i-- > 0; left >>= 8)
        bytes[i] = static_cast<char>(left & 255);
    return bytes;
}

// Years that no clock holds wrap around, which makes them no time of the last 90 days either.
sys_seconds read_time(std::string_view bytes) {
    std::uint64_t count = 0;
    for (const char byte : bytes)
        count = count << 8 | static_cast<std::uint8_t>(byte);
    return sys_seconds(seconds(static_cast<std::int64_t>(count)));
}

std::array<std::uint8_t, mac_bytes> mac_of(
    const key& device_key,
    std::string_view issued,
    const code_subject& subject
) {
    return hmac_fields(
        device_key.bytes,
        {label, device_key.id, issued, subject.tenant, subject.number, subject.purpose}
    );
}

std::optional<parts> split(std::string_view bytes) {
    if (bytes.size() < 2 || bytes[0] != version)
        return std::nullopt;
    const std::size_t id_bytes = static_cast<std::uint8_t>(bytes[1]);
    if (bytes.size() != 2 + id_bytes + time_bytes + mac_bytes)
        return std::nullopt;
    return parts{
        bytes.substr(2, id_bytes),
        bytes.substr(2 + id_bytes, time_bytes),
        bytes.substr(2 + id_bytes + time_bytes)};
}

bool is_living(sys_seconds issued, std::chrono::system_clock::time_point now) {
    const auto at = std::chrono::floor<seconds>(now);
    return issued > at - device_token_life && issued <= at + clock_skew;
}

}  // namespace

std::string make_device_token(
    const key& device_key,
    const code_subject& subject,
    std::chrono::system_clock::time_point now
) {
    const auto issued = write_time(std::chrono::floor<seconds>(now));
    const auto mac = mac_of(device_key, issued, subject);
    std::string bytes;
    bytes += version;
    bytes += static_cast<char>(device_key.id.size());
    bytes += device_key.id;
    bytes += issued;
    bytes.append(reinterpret_cast<const char*>(mac.data()), mac.size());
    return base64url(bytes);
}

bool is_device_token(
    std::string_view token,
    const key_ring& keys,
    const code_subject& subject,
    std::chrono::system_clock::time_point now
) {
    if (token.size() > most_text)
        return false;
    const auto bytes = base64url_decoded(token);
    const auto found = bytes ? split(*bytes) : std::nullopt;
    const auto* device_key = found ? keys.find(found->key_id) : nullptr;
    if (device_key == nullptr)
        return false;
    const auto mac = mac_of(*device_key, found->issued, subject);
    return ::CRYPTO_memcmp(mac.data(), found->mac.data(), mac_bytes) == 0 &&
           is_living(read_time(found->issued), now);
}

}  // namespace otp
