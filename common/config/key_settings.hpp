#pragma once

#include "common/config/settings.hpp"
#include "common/otp/keys.hpp"

#include <optional>
#include <string_view>

namespace otp {

// The keys of a required setting; a fault of `from` where it is missing or is no list of keys.
std::optional<key_ring> read_keys(settings& from, std::string_view name);

// The keys of a setting that may be missing: then there are none.
key_ring read_optional_keys(settings& from, std::string_view name);

}  // namespace otp
