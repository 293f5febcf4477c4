#include "common/limits/read_limit_rules.hpp"

#include "common/core/country_code.hpp"
#include "common/core/short_name.hpp"
#include "common/core/whole_file.hpp"
#include "common/limits/toml_table.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace otp {

namespace {

// A window keeps its last times in one row: beyond this a rate is the better rule.
constexpr int most_in_a_window = 1000;
constexpr int most_burst = 1'000'000;
constexpr double most_per_second = 100'000;

// One of per_second, per_minute, per_hour; a burst where it is to be another than that count.
std::optional<send_rate> read_rate(toml_table& from) {
    constexpr std::array<std::pair<const char*, double>, 3> units{
        {{"per_second", 1}, {"per_minute", 60}, {"per_hour", 3600}}};
    std::optional<send_rate> rate;
    int given = 0;
    for (const auto& [key, seconds] : units) {
        given += from.has(key) ? 1 : 0;
        if (const auto count = from.read_number(key, most_per_second * seconds))
            rate = send_rate{*count / seconds, std::max(1, static_cast<int>(*count))};
    }
    if (given > 1)
        from.fault("per_second", "or per_minute or per_hour: one of them, not several");
    int burst = 0;
    from.read_count("burst", most_burst, burst);
    if (burst != 0 && given == 0)
        from.fault("burst", "needs per_second, per_minute or per_hour beside it");
    if (rate && burst != 0)
        rate->burst = burst;
    return rate;
}

void read_rates(
    toml_table from,
    rate_rule& into,
    bool (*is_name)(std::string_view),
    const std::string& what
) {
    from.read_mode(into.mode);
    into.of_each = read_rate(from);
    auto rates = from.inner("rates");
    for (const auto& name : rates.keys()) {
        auto one = rates.inner(name);
        if (!is_name(name))
            rates.fault(name, what);
        if (const auto rate = read_rate(one))
            into.of.emplace(name, *rate);
        else if (!one.has("per_second") && !one.has("per_minute") && !one.has("per_hour"))
            rates.fault(name, "needs per_second, per_minute or per_hour");
        one.finish();
    }
    from.finish();
}

void read_number(toml_table from, limit_rules& into) {
    from.read_mode(into.number.mode);
    from.read_count("per_10_minutes", most_in_a_window, into.number.per_10_minutes);
    from.read_count("per_day", most_in_a_window, into.number.per_day);
    from.finish();
}

void read_user(toml_table from, limit_rules& into) {
    // Whoever names a bound wants it to hold.
    if (from.has("per_hour") || from.has("per_day"))
        into.user.mode = limit_mode::enforce;
    from.read_mode(into.user.mode);
    from.read_count("per_hour", most_in_a_window, into.user.per_hour);
    from.read_count("per_day", most_in_a_window, into.user.per_day);
    from.finish();
}

void read_client_ip(toml_table from, limit_rules& into) {
    from.read_mode(into.client_ip.mode);
    from.read_count("per_hour", most_in_a_window, into.client_ip.per_hour);
    from.finish();
}

void read_resend(toml_table from, limit_rules& into) {
    from.read_mode(into.resend);
    from.finish();
}

void read_countries(toml_table from, limit_rules& into) {
    from.read_mode(into.countries.mode);
    if (const auto codes = from.read_texts("allowed")) {
        into.countries.allowed = {codes->begin(), codes->end()};
        if (!std::all_of(codes->begin(), codes->end(), is_country_code))
            from.fault(
                "allowed",
                "must be ISO 3166 codes of two capitals, such as [\"GB\", \"DE\"]"
            );
    }
    from.finish();
}

void read_number_type(toml_table from, limit_rules& into) {
    from.read_mode(into.number_type.mode);
    if (const auto words = from.read_texts("refused")) {
        into.number_type.refused.clear();
        for (const auto& word : *words) {
            constexpr std::array kinds{
                phone_kind::premium_rate,
                phone_kind::shared_cost,
                phone_kind::toll_free,
                phone_kind::fixed_line};
            const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](phone_kind one) {
                return to_string(one) == word;
            });
            if (kind == kinds.end())
                from.fault(
                    "refused",
                    "must be of premium_rate, shared_cost, toll_free and fixed_line, not " + word
                );
            else
                into.number_type.refused.insert(*kind);
        }
    }
    from.finish();
}

void read_abuse_rule(toml_table from, abuse_rule& into) {
    from.read_mode(into.mode);
    for (std::size_t i = 0; i < abuse_windows; ++i) {
        auto window = from.inner(abuse_window_keys[i]);
        window.read_count("floor", most_burst, into.floors[i]);
        into.shares[i] = window.read_number("share", 1000).value_or(into.shares[i]);
        window.finish();
    }
    from.finish();
}

void read_abuse(toml_table from, limit_rules& into) {
    read_abuse_rule(from.inner("country"), into.abuse_country);
    read_abuse_rule(from.inner("ip"), into.abuse_ip);
    int grace = static_cast<int>(into.abuse_grace.count());
    int interval = static_cast<int>(into.abuse_interval.count());
    from.read_count("grace_seconds", 3600, grace);
    from.read_count("interval_seconds", 3600, interval);
    into.abuse_grace = std::chrono::seconds(grace);
    into.abuse_interval = std::chrono::seconds(interval);
    from.finish();
}

limit_rules read_all(const toml::table& from, std::vector<std::string>& faults) {
    limit_rules rules;
    toml_table limits(from.get("limits"), "limits", faults);
    read_number(limits.inner("number"), rules);
    read_user(limits.inner("user"), rules);
    read_client_ip(limits.inner("client_ip"), rules);
    read_resend(limits.inner("resend"), rules);
    read_countries(limits.inner("countries"), rules);
    read_number_type(limits.inner("number_type"), rules);
    read_rates(
        limits.inner("tenant"),
        rules.tenant,
        is_short_name,
        "is no tenant: " + std::string(short_name_rule)
    );
    read_rates(
        limits.inner("country"),
        rules.country,
        is_country_code,
        "is no country: an ISO 3166 code of two capitals, such as GB"
    );
    limits.finish();
    read_abuse(toml_table(from.get("abuse"), "abuse", faults), rules);
    return rules;
}

}  // namespace

read_rules parse_limit_rules(std::string_view toml, limits_file which) {
    const auto table = parse_toml(toml);
    if (!table)
        return std::vector<std::string>{table.error()};
    std::vector<std::string> faults;
    auto rules = read_all(*table, faults);
    if (which == limits_file::own)
        for (const auto& [key, node] : *table)
            if (key != "limits" && key != "abuse")
                faults.push_back(
                    std::string(key.str()) + " is unknown; tables are limits and abuse"
                );
    if (!faults.empty())
        return faults;
    return rules;
}

read_rules read_limit_rules(const std::string& path, limits_file which) {
    const auto text = whole_file(path);
    if (!text)
        return std::vector<std::string>{path + ": cannot be read"};
    auto rules = parse_limit_rules(*text, which);
    if (rules)
        return rules;
    auto faults = rules.error();
    for (auto& fault : faults)
        fault.insert(0, path + ": ");
    return faults;
}

}  // namespace otp
