#pragma once

#include "worker/policy/lane.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

// The providers of each channel, in order of preference, indexed by `channel`.
using route_table = std::array<std::vector<std::string>, 4>;

// That of most countries, and those of countries that have their own.
struct route_tables {
    route_tables() = default;
    // No country has its own.
    route_tables(route_table of_all) : usual(std::move(of_all)) {}

    const route_table& of(std::string_view country) const;

    route_table usual;
    std::map<std::string, route_table, std::less<>> by_country;  // by ISO 3166 code
};

// Of sms, whatsapp, voice, email; empty: none has one.
std::optional<channel> first_channel_with_a_provider(const route_table& providers);

// The order of one channel: `listed` (OTP_SMS_PROVIDERS and its like) where it names any, else all
// that are `configured`. What is listed without being configured, or twice, is added to `faults` by
// `setting`.
std::vector<std::string> preferred_providers(
    std::string_view setting,
    const std::vector<std::string>& listed,
    const std::vector<std::string>& configured,
    std::vector<std::string>& faults
);

// How long until a lane is worth asking; zero: it has room now.
using lane_wait = std::function<std::chrono::milliseconds(const lane&)>;

struct route_result {
    std::vector<lane> lanes;       // all the job may use, in order
    std::vector<lane> candidates;  // those of them with room now
    // Until the first lane has room, where none has it now.
    std::chrono::milliseconds wait{0};

    bool has_provider() const { return !lanes.empty(); }  // else "no_provider_for_channel"
    bool has_room() const { return !candidates.empty(); }
};

// Who may send a job, by the job's channels in their order; without any, by the first channel that
// has a provider.
route_result route(
    const route_table& providers,
    const std::vector<channel>& wanted,
    const lane_wait& wait_of
);

}  // namespace otp
