#pragma once

#include "common/phone/phone_number.hpp"

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace otp {

// What follows where a rule is broken: the send is refused; or it goes, and it is recorded that it
// would have been refused; or nothing is looked at.
enum class limit_mode { enforce, observe, off };

// So many sends at once, and so many more as time goes by.
struct send_rate {
    double per_second = 0;
    int burst = 1;

    bool operator==(const send_rate&) const = default;
};

// A rate for everyone, and other ones by name.
struct rate_rule {
    limit_mode mode = limit_mode::enforce;
    std::optional<send_rate> of_each;
    std::map<std::string, send_rate, std::less<>> of;

    const send_rate* find(std::string_view name) const {
        const auto own = of.find(name);
        if (own != of.end())
            return &own->second;
        return of_each ? &*of_each : nullptr;
    }
    bool is_on() const { return mode != limit_mode::off && (of_each || !of.empty()); }
};

// The windows of the abuse budget, as the file has them.
inline constexpr std::size_t abuse_windows = 3;
inline constexpr std::array<const char*, abuse_windows> abuse_window_keys{
    "hour",
    "day",
    "fortnight"};

// How many texts may stay without the right code: the greater of a floor, and a share of those that
// were followed by it.
struct abuse_rule {
    limit_mode mode = limit_mode::observe;
    std::array<int, abuse_windows> floors{};
    std::array<double, abuse_windows> shares{};
};

// The rules of sending that an operator may set: tables [limits.*] and [abuse.*] of the TOML file.
// As they stand here, they are the contract's.
struct limit_rules {
    struct {
        limit_mode mode = limit_mode::enforce;
        int per_10_minutes = 5;
        int per_day = 10;
    } number;
    struct {
        limit_mode mode = limit_mode::off;
        int per_hour = 10;
        int per_day = 30;
    } user;
    struct {
        limit_mode mode = limit_mode::enforce;
        int per_hour = 60;
    } client_ip;
    limit_mode resend = limit_mode::enforce;  // OTP_RESEND_SECONDS has the pauses
    struct {
        limit_mode mode = limit_mode::enforce;
        std::set<std::string, std::less<>> allowed;  // ISO codes; empty: all
    } countries;
    struct {
        limit_mode mode = limit_mode::enforce;
        std::set<phone_kind> refused{
            phone_kind::premium_rate,
            phone_kind::shared_cost,
            phone_kind::toll_free,
            phone_kind::fixed_line};
    } number_type;
    rate_rule tenant;   // by tenant
    rate_rule country;  // of each tenant, by the number's country
    abuse_rule abuse_country{limit_mode::observe, {100, 300, 1000}, {3, 2, 1.5}};
    abuse_rule abuse_ip{limit_mode::observe, {20, 50, 200}, {3, 2, 1.5}};
    std::chrono::seconds abuse_grace{600};  // a send is judged when it is so old
    std::chrono::seconds abuse_interval{30};

    bool judges_abuse() const {
        return abuse_country.mode != limit_mode::off || abuse_ip.mode != limit_mode::off;
    }
};

}  // namespace otp
