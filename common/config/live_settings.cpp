#include "common/config/live_settings.hpp"

#include "common/log/log.hpp"

#include <stdexcept>
#include <utility>

namespace otp {

namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ",") + name;
    return text;
}

void tell_faults(const std::vector<std::string>& faults) {
    for (const auto& fault : faults)
        log::error("settings_not_reloaded").with("fault", fault);
}

}  // namespace

void live_settings::reload(const preparation& prepare) {
    settings now = at_start_.read_again();
    const auto take_up = prepare(now);
    names changed = now.changed_since(in_use_ ? *in_use_ : at_start_);
    std::erase_if(changed, [this](const auto& name) { return !is_live_(name); });
    names waiting = now.changed_since(at_start_);
    std::erase_if(waiting, [this](const auto& name) { return is_live_(name); });
    if (!now.faults().empty())
        return tell_faults(now.faults());
    try {
        take_up(changed);
    } catch (const std::invalid_argument& e) {
        return tell_faults({e.what()});
    }
    in_use_ = std::move(now);
    log::info("settings_reloaded").with("changed", joined(changed));
    if (!waiting.empty())
        log::warning("settings_not_live")
            .with("settings", joined(waiting))
            .with("detail", "what was changed there takes effect at the next start");
}

}  // namespace otp
