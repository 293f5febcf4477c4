#include "common/limits/reload_limits.hpp"

#include "common/log/log.hpp"

namespace otp {

void reload(live_limits& limits) {
    const auto faults = limits.load();
    for (const auto& fault : faults)
        log::error("limits_not_reloaded").with("fault", fault);
    if (faults.empty())
        log::info("limits_reloaded").with("file", limits.path());
}

}  // namespace otp
