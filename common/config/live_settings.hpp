#pragma once

#include "common/config/settings.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

// The settings that a program runs on, which it may read again while it runs.
class live_settings {
public:
    using names = std::vector<std::string>;

    // Reads the settings, as at the start, and gives back what takes them up: that is told which of
    // the live ones have changed, and may throw std::invalid_argument before it has changed
    // anything.
    using preparation = std::function<std::function<void(const names& changed)>(settings&)>;

    // `is_live`: whether a change of that setting is taken up by reload().
    live_settings(settings at_start, bool (*is_live)(std::string_view name))
        : at_start_(std::move(at_start)),
          is_live_(is_live) {}

    // Reads them from the same places. Where anything is wrong, all of it is logged and everything
    // stays as it was. Of what changed, the log names what waits for the next start.
    void reload(const preparation& prepare);

private:
    settings at_start_;
    std::optional<settings> in_use_;  // empty: those of the start
    bool (*is_live_)(std::string_view name);
};

}  // namespace otp
