#include "verify/auth/caller.hpp"

#include <algorithm>
#include <array>

namespace otp {

namespace {

constexpr std::array<std::string_view, 4> names{"send", "check", "read", "admin"};

}  // namespace

std::string_view to_string(scope what) {
    return names[static_cast<std::size_t>(what)];
}

bool caller::may(scope what) const {
    return std::find(scopes.begin(), scopes.end(), to_string(what)) != scopes.end();
}

caller default_caller() {
    return {"default", {names.begin(), names.end()}};
}

}  // namespace otp
