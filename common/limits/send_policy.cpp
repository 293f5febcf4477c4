#include "common/limits/send_policy.hpp"

#include "common/limits/network_prefix.hpp"

#include <algorithm>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

// How often what is closed is looked at again: soon enough to come back then.
constexpr std::chrono::seconds closed_pause{60};

bool is_allowed_country(const limit_rules& rules, const send_job& job) {
    const auto& allowed = rules.countries.allowed;
    return allowed.empty() || allowed.contains(job.to.region());
}

// A fixed line is a fault for texts only: it may well be called, or have WhatsApp.
bool is_refused_kind(
    const limit_rules& rules,
    const send_job& job,
    std::optional<channel> by_default
) {
    if (!rules.number_type.refused.contains(job.to.kind()))
        return false;
    if (job.to.kind() != phone_kind::fixed_line)
        return true;
    if (job.channels.empty())
        return by_default == channel::sms;
    return std::ranges::all_of(job.channels, [](channel by) { return by == channel::sms; });
}

}  // namespace

std::vector<std::string_view> broken_rules(std::string_view list) {
    std::vector<std::string_view> rules;
    while (!list.empty()) {
        rules.push_back(list.substr(0, list.find(',')));
        list.remove_prefix(std::min(list.size(), rules.back().size() + 1));
    }
    return rules;
}

void judgement::hit(std::string_view rule, limit_mode mode, std::string_view judgement::*refusal) {
    if (mode == limit_mode::enforce && (this->*refusal).empty())
        this->*refusal = rule;
    if (mode == limit_mode::observe)
        observed += (observed.empty() ? "" : ",") + std::string(rule);
}

void send_policy::leave_out_sms(send_job& job) const {
    const auto& rule = rules_.number_type;
    const bool is_refused = job.to.kind() == phone_kind::fixed_line &&
                            rule.mode == limit_mode::enforce &&
                            rule.refused.contains(job.to.kind());
    if (is_refused && job.channels.size() > 1)
        std::erase(job.channels, channel::sms);
}

judgement send_policy::judge(const send_job& job, std::optional<channel> by_default) const {
    judgement of;
    if (rules_.countries.mode != limit_mode::off && !is_allowed_country(rules_, job))
        of.hit("country_not_allowed", rules_.countries.mode, &judgement::forbidden);
    if (rules_.number_type.mode != limit_mode::off && is_refused_kind(rules_, job, by_default))
        of.hit("number_type_not_allowed", rules_.number_type.mode, &judgement::forbidden);
    if (closed_.countries.contains({job.tenant, job.to.region()}))
        of.hit("abuse_country", rules_.abuse_country.mode, &judgement::bar);
    if (!closed_.networks.empty() && job.client_ip &&
        closed_.networks.contains({job.tenant, network_prefix(*job.client_ip)}))
        of.hit("abuse_ip", rules_.abuse_ip.mode, &judgement::bar);
    if (!of.bar.empty())
        of.retry_after = closed_pause;
    return of;
}

asio::awaitable<bool> send_policy::take(
    const asked_rate& what,
    const std::string& tenant,
    const std::string& country,
    judgement& into
) {
    if (!what.rate)
        co_return false;
    const bool granted = co_await rates_.take(tenant, country, *what.rate);
    if (!granted) {
        into.hit(what.word, what.mode, &judgement::bar);
        if (into.bar == what.word)
            into.retry_after = pause_of(*what.rate);
    }
    co_return granted;
}

asio::awaitable<void> send_policy::take_rates(const send_job& job, judgement& into) {
    const auto asked = [](const rate_rule& rule, std::string_view word, std::string_view name) {
        asked_rate what{word, rule.mode, {}};
        const auto* found = rule.find(name);
        if (rule.mode != limit_mode::off && found != nullptr)
            what.rate = *found;
        return what;
    };
    const std::string all_countries;
    const auto of_tenant = asked(rules_.tenant, "limit_tenant", job.tenant);
    into.took_of_tenant = co_await take(of_tenant, job.tenant, all_countries, into);
    const auto of_country = asked(rules_.country, "limit_country", job.to.region());
    into.took_of_country = co_await take(of_country, job.tenant, job.to.region(), into);
}

void send_policy::give_back(const send_job& job, judgement& taken) {
    if (std::exchange(taken.took_of_tenant, false))
        rates_.give_back(job.tenant, "");
    if (std::exchange(taken.took_of_country, false))
        rates_.give_back(job.tenant, job.to.region());
}

}  // namespace otp
