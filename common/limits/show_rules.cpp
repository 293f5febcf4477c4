#include "common/limits/show_rules.hpp"

#include <sstream>

namespace otp {

namespace {

std::string word_of(limit_mode mode) {
    switch (mode) {
    case limit_mode::enforce:
        return "enforce";
    case limit_mode::observe:
        return "observe";
    case limit_mode::off:
        break;
    }
    return "off";
}

std::string text_of(double number) {
    std::ostringstream text;
    text << number;
    return text.str();
}

// One table of the file.
class shown_table {
public:
    shown_table(settings& into, std::string name) : into_(into), name_(std::move(name)) {}

    shown_table inner(std::string_view name) const { return {into_, key(name)}; }
    void put(std::string_view name, std::string value) { into_.show(key(name), std::move(value)); }
    void put(std::string_view name, int count) { put(name, std::to_string(count)); }
    void put(limit_mode mode) { put("mode", word_of(mode)); }

private:
    std::string key(std::string_view name) const { return name_ + "." + std::string(name); }

    settings& into_;
    std::string name_;
};

void show_rate(shown_table into, const std::optional<send_rate>& rate) {
    into.put("per_second", rate ? text_of(rate->per_second) : "(not set)");
    if (rate)
        into.put("burst", rate->burst);
}

void show_rates(shown_table into, const rate_rule& rule) {
    into.put(rule.mode);
    show_rate(into, rule.of_each);
    for (const auto& [name, rate] : rule.of)
        show_rate(into.inner("rates").inner(name), rate);
}

void show_countries(shown_table into, const limit_rules& rules) {
    std::string codes;
    for (const auto& code : rules.countries.allowed)
        codes += (codes.empty() ? "" : ",") + code;
    into.put(rules.countries.mode);
    into.put("allowed", codes.empty() ? "(all)" : codes);
}

void show_number_type(shown_table into, const limit_rules& rules) {
    std::string kinds;
    for (const auto kind : rules.number_type.refused)
        kinds.append(kinds.empty() ? "" : ",").append(to_string(kind));
    into.put(rules.number_type.mode);
    into.put("refused", kinds.empty() ? "(none)" : kinds);
}

void show_limits(shown_table into, const limit_rules& rules) {
    auto number = into.inner("number");
    number.put(rules.number.mode);
    number.put("per_10_minutes", rules.number.per_10_minutes);
    number.put("per_day", rules.number.per_day);
    auto user = into.inner("user");
    user.put(rules.user.mode);
    user.put("per_hour", rules.user.per_hour);
    user.put("per_day", rules.user.per_day);
    auto client_ip = into.inner("client_ip");
    client_ip.put(rules.client_ip.mode);
    client_ip.put("per_hour", rules.client_ip.per_hour);
    into.inner("resend").put(rules.resend);
    show_countries(into.inner("countries"), rules);
    show_number_type(into.inner("number_type"), rules);
    show_rates(into.inner("tenant"), rules.tenant);
    show_rates(into.inner("country"), rules.country);
}

void show_abuse_rule(shown_table into, const abuse_rule& rule) {
    into.put(rule.mode);
    for (std::size_t i = 0; i < abuse_windows; ++i) {
        auto window = into.inner(abuse_window_keys[i]);
        window.put("floor", rule.floors[i]);
        window.put("share", text_of(rule.shares[i]));
    }
}

}  // namespace

void show_rules(settings& into, const limit_rules& rules) {
    show_limits({into, "limits"}, rules);
    shown_table abuse(into, "abuse");
    abuse.put("grace_seconds", static_cast<int>(rules.abuse_grace.count()));
    abuse.put("interval_seconds", static_cast<int>(rules.abuse_interval.count()));
    show_abuse_rule(abuse.inner("country"), rules.abuse_country);
    show_abuse_rule(abuse.inner("ip"), rules.abuse_ip);
}

}  // namespace otp
