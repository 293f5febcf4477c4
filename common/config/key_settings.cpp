#include "common/config/key_settings.hpp"

#include <utility>

namespace otp {

std::optional<key_ring> read_keys(settings& from, std::string_view name) {
    const secret text = from.required_secret(name);
    if (text.empty())
        return std::nullopt;
    auto keys = key_ring::parse(text.reveal());
    if (!keys) {
        from.fault(name, keys.error());
        return std::nullopt;
    }
    return std::move(*keys);
}

}  // namespace otp
