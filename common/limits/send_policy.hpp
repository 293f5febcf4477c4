#pragma once

#include "common/job/send_job.hpp"
#include "common/limits/limit_rules.hpp"
#include "common/limits/rate_blocks.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

// What the rules that need no row of the job's say of it. The words are those of
// migrations/0003_send_rules.sql.
struct judgement {
    std::string_view forbidden;  // never, whatever became of it before: country, kind of number
    std::string_view bar;        // not now, where nobody knows the request: rates, abuse
    std::string observed;        // would be refused, comma-separated
    std::chrono::milliseconds retry_after{0};  // of `bar`
    bool took_of_tenant = false;               // sends at those rates, to be given back
    bool took_of_country = false;

    // Adds a rule that is broken, by its mode; the first enforced one is the refusal's.
    void hit(std::string_view rule, limit_mode mode, std::string_view judgement::*refusal);
};

// The words of a comma-separated list of rules.
std::vector<std::string_view> broken_rules(std::string_view list);

// Tenants' countries and networks whose texts are not followed by codes (0018_abuse.sql).
struct closed_subjects {
    std::set<std::pair<std::string, std::string>> countries;
    std::set<std::pair<std::string, std::string>> networks;
};

// The rules that are not windows of the store: countries, kinds of numbers, rates, abuse. One for a
// process; `rules` may change between two calls.
class send_policy {
public:
    send_policy(const limit_rules& rules, rate_blocks::lease ask)
        : rules_(rules),
          rates_(std::move(ask)) {}

    // Takes SMS out of a job's channels to a fixed line, where others are left.
    void leave_out_sms(send_job& job) const;

    // `by_default`: what a job goes by that names no channel, where it is known.
    judgement judge(const send_job& job, std::optional<channel> by_default) const;

    // Rates are asked for apart, since that may wait for the database; only where there are any.
    bool has_rates() const { return rules_.tenant.is_on() || rules_.country.is_on(); }
    boost::asio::awaitable<void> take_rates(const send_job& job, judgement& into);
    // What was taken for a send that did not come to it, once.
    void give_back(const send_job& job, judgement& taken);

    void set_closed(closed_subjects closed) { closed_ = std::move(closed); }
    const limit_rules& rules() const noexcept { return rules_; }

private:
    // A copy: the rules may be read anew while the database is asked.
    struct asked_rate {
        std::string_view word;  // of the rule
        limit_mode mode;
        std::optional<send_rate> rate;  // empty: there is none
    };
    boost::asio::awaitable<bool> take(
        const asked_rate& what,
        const std::string& tenant,
        const std::string& country,
        judgement& into
    );

    const limit_rules& rules_;
    rate_blocks rates_;
    closed_subjects closed_;
};

}  // namespace otp
