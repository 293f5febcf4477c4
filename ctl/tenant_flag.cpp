#include "ctl/tenant_flag.hpp"

#include "common/config/program.hpp"
#include "common/core/short_name.hpp"

namespace otp {

std::optional<std::string> tenant_flag(const flags& given) {
    if (!given.has("--tenant"))
        return std::nullopt;
    auto tenant = given.text("--tenant");
    if (!is_short_name(tenant))
        throw exit_with(exit_code::usage, "--tenant must be " + std::string(short_name_rule));
    return tenant;
}

}  // namespace otp
