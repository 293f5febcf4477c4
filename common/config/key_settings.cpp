#include "common/config/key_settings.hpp"

#include <utility>

namespace otp {

namespace {

std::optional<key_ring> parsed_keys(settings& from, std::string_view name, const secret& text) {
    auto keys = key_ring::parse(text.reveal());
    if (!keys) {
        from.fault(name, keys.error());
        return std::nullopt;
    }
    return std::move(*keys);
}

}  // namespace

std::optional<key_ring> read_keys(settings& from, std::string_view name) {
    const secret text = from.required_secret(name);
    if (text.empty())
        return std::nullopt;
    return parsed_keys(from, name, text);
}

key_ring read_optional_keys(settings& from, std::string_view name) {
    const secret text = from.secret_text(name);
    if (text.empty())
        return {};
    return parsed_keys(from, name, text).value_or(key_ring());
}

}  // namespace otp
