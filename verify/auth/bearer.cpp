#include "verify/auth/bearer.hpp"

#include "common/core/ascii.hpp"

namespace otp {

std::optional<std::string_view> bearer_key(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (!starts_with_ignoring_case(authorization, scheme))
        return std::nullopt;
    const auto key = trimmed(authorization.substr(scheme.size()), " ");
    if (key.empty() || key.find(' ') != std::string_view::npos)
        return std::nullopt;
    return key;
}

}  // namespace otp
