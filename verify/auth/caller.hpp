#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// What a key may be used for.
enum class scope : std::uint8_t { send, check, read, admin };

std::string_view to_string(scope what);

// On whose behalf a request is answered: it sees this tenant only.
struct caller {
    std::string tenant;
    std::vector<std::string> scopes;

    bool may(scope what) const;
};

// Everyone, where OTP_AUTH is off.
caller default_caller();

}  // namespace otp
