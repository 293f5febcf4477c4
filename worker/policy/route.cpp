#include "worker/policy/route.hpp"

#include <algorithm>
#include <cstddef>

namespace otp {

const route_table& route_tables::of(std::string_view country) const {
    const auto found = by_country.find(country);
    return found == by_country.end() ? usual : found->second;
}

std::optional<channel> first_channel_with_a_provider(const route_table& providers) {
    for (std::size_t i = 0; i < providers.size(); ++i)
        if (!providers[i].empty())
            return static_cast<channel>(i);
    return std::nullopt;
}

std::vector<std::string> preferred_providers(
    std::string_view setting,
    const std::vector<std::string>& listed,
    const std::vector<std::string>& configured,
    std::vector<std::string>& faults
) {
    if (listed.empty())
        return configured;
    for (auto name = listed.begin(); name != listed.end(); ++name) {
        if (std::ranges::find(configured, *name) == configured.end())
            faults.push_back(
                std::string(setting) + ": " + *name + " is not configured for this channel"
            );
        if (std::find(listed.begin(), name, *name) != name)
            faults.push_back(std::string(setting) + ": " + *name + " stands twice");
    }
    return listed;
}

route_result route(
    const route_table& providers,
    const std::vector<channel>& wanted,
    const lane_wait& wait_of
) {
    std::vector<channel> channels = wanted;
    if (const auto first = first_channel_with_a_provider(providers); first && wanted.empty())
        channels.push_back(*first);
    route_result found;
    found.wait = std::chrono::milliseconds::max();
    for (const channel by : channels)
        for (const std::string& name : providers[static_cast<std::size_t>(by)]) {
            const lane one{name, by};
            const std::chrono::milliseconds wait = wait_of(one);
            found.wait = std::min(found.wait, wait);
            found.lanes.push_back(one);
            if (wait <= std::chrono::milliseconds::zero())
                found.candidates.push_back(one);
        }
    if (found.has_room() || !found.has_provider())
        found.wait = std::chrono::milliseconds::zero();
    return found;
}

}  // namespace otp
