// The rules that need no row of the job's: countries, kinds of numbers, rates, abuse.
#include "common/async/run.hpp"
#include "common/core/random.hpp"
#include "common/limits/send_policy.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

send_job job_to(const std::string& number, std::vector<channel> channels = {channel::sms}) {
    return {
        .request_id = new_uuid(),
        .tenant = "acme",
        .to = *phone_number::from_e164(number),
        .purpose = "login",
        .channels = std::move(channels),
        .template_name = "otp",
        .locale = {},
        .variables = {},
        .ttl = 300s,
        .code_length = 6,
        .requested_at = {},
        .user = {},
        .client_ip = "203.0.113.9"};
}

const std::string american = "+14155550100";
const std::string british = "+447400123456";
const std::string london_line = "+442079460018";

// Grants so many sends in all, and counts the questions. Away, it cannot tell.
struct granter {
    int left = 0;
    int asked = 0;
    bool away = false;

    rate_blocks::lease lease() {
        return [this](std::string, std::string, send_rate, int want)
                   -> asio::awaitable<std::optional<int>> {
            ++asked;
            if (away)
                co_return std::nullopt;
            const int granted = std::min(left, want);
            left -= granted;
            co_return granted;
        };
    }
};

judgement judged(const limit_rules& rules, const send_job& job) {
    return send_policy(rules, {}).judge(job, channel::sms);
}

judgement charged(send_policy& policy, const send_job& job) {
    auto of = policy.judge(job, channel::sms);
    run_to_end([&] { return policy.take_rates(job, of); });
    return of;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_policy)

BOOST_AUTO_TEST_CASE(lets_mobiles_of_all_countries_pass_by_default) {
    for (const auto& number : {american, british}) {
        const auto of = judged({}, job_to(number));
        BOOST_TEST(of.forbidden.empty());
        BOOST_TEST(of.bar.empty());
        BOOST_TEST(of.observed.empty());
    }
}

BOOST_AUTO_TEST_CASE(refuses_countries_that_are_not_listed) {
    limit_rules rules;
    rules.countries.allowed = {"GB"};
    BOOST_TEST(judged(rules, job_to(american)).forbidden == "country_not_allowed");
    BOOST_TEST(judged(rules, job_to(british)).forbidden.empty());
    rules.countries.mode = limit_mode::observe;
    BOOST_TEST(judged(rules, job_to(american)).forbidden.empty());
    BOOST_TEST(judged(rules, job_to(american)).observed == "country_not_allowed");
    rules.countries.mode = limit_mode::off;
    BOOST_TEST(judged(rules, job_to(american)).observed.empty());
}

BOOST_AUTO_TEST_CASE(refuses_kinds_of_numbers_that_cost_or_cannot_be_texted) {
    for (const char* number : {"+18002345678", "+449098790123", "+448431234567"})
        BOOST_TEST(
            judged({}, job_to(number)).forbidden == "number_type_not_allowed",
            number << " is let pass"
        );
    BOOST_TEST(judged({}, job_to(london_line)).forbidden == "number_type_not_allowed");
    BOOST_TEST(judged({}, job_to(london_line, {channel::whatsapp})).forbidden.empty());
    BOOST_TEST(judged({}, job_to(london_line, {channel::voice})).forbidden.empty());
    limit_rules rules;
    rules.number_type.refused = {phone_kind::premium_rate};
    BOOST_TEST(judged(rules, job_to(london_line)).forbidden.empty());
}

BOOST_AUTO_TEST_CASE(refuses_a_fixed_line_only_where_nothing_but_sms_is_left_to_it) {
    for (const auto& channels :
         {std::vector{channel::sms, channel::whatsapp}, std::vector{channel::email, channel::sms}})
        BOOST_TEST(judged({}, job_to(london_line, channels)).forbidden.empty());
    const limit_rules rules;
    const send_policy policy(rules, {});
    const auto job = job_to(london_line, {});
    BOOST_TEST(policy.judge(job, channel::sms).forbidden == "number_type_not_allowed");
    BOOST_TEST(policy.judge(job, channel::whatsapp).forbidden.empty());
    BOOST_TEST(policy.judge(job, std::nullopt).forbidden.empty());
}

BOOST_AUTO_TEST_CASE(leaves_sms_out_of_the_channels_to_a_fixed_line) {
    const std::vector both{channel::sms, channel::whatsapp};
    limit_rules rules;
    const send_policy policy(rules, {});
    const auto left = [&policy](send_job job) {
        policy.leave_out_sms(job);
        return job.channels;
    };
    BOOST_TEST((left(job_to(london_line, both)) == std::vector{channel::whatsapp}));
    BOOST_TEST((left(job_to(london_line)) == std::vector{channel::sms}));
    BOOST_TEST(left(job_to(london_line, {})).empty());
    BOOST_TEST((left(job_to(british, both)) == both));
    rules.number_type.mode = limit_mode::observe;
    BOOST_TEST((left(job_to(london_line, both)) == both));
    rules.number_type.mode = limit_mode::enforce;
    rules.number_type.refused = {phone_kind::premium_rate};
    BOOST_TEST((left(job_to(london_line, both)) == both));
}

BOOST_AUTO_TEST_CASE(bars_what_the_abuse_budget_closed_where_that_is_enforced) {
    limit_rules rules;
    rules.abuse_ip.mode = limit_mode::enforce;
    send_policy policy(rules, {});
    policy.set_closed({.countries = {{"acme", "US"}}, .networks = {{"acme", "203.0.113.0/24"}}});
    const auto of = policy.judge(job_to(american), channel::sms);
    BOOST_TEST(of.bar == "abuse_ip");
    BOOST_TEST(of.observed == "abuse_country");
    BOOST_TEST((of.retry_after == 60s));
    auto elsewhere = job_to(british);
    elsewhere.client_ip = "203.0.114.9";
    BOOST_TEST(policy.judge(elsewhere, channel::sms).bar.empty());
    auto of_another = job_to(american);
    of_another.tenant = "other";
    BOOST_TEST(policy.judge(of_another, channel::sms).bar.empty());
    BOOST_TEST(policy.judge(of_another, channel::sms).observed.empty());
}

BOOST_AUTO_TEST_CASE(asks_for_rates_only_where_there_are_any) {
    limit_rules rules;
    send_policy policy(rules, {});
    BOOST_TEST(!policy.has_rates());
    rules.tenant.of["acme"] = {1, 2};
    BOOST_TEST(policy.has_rates());
    rules.tenant.mode = limit_mode::off;
    BOOST_TEST(!policy.has_rates());
}

BOOST_AUTO_TEST_CASE(bars_a_tenant_whose_rate_is_spent) {
    limit_rules rules;
    rules.tenant.of["acme"] = {0.5, 2};
    granter bank{.left = 2};
    send_policy policy(rules, bank.lease());
    BOOST_TEST(charged(policy, job_to(american)).took_of_tenant);
    BOOST_TEST(charged(policy, job_to(american)).took_of_tenant);
    const auto third = charged(policy, job_to(american));
    BOOST_TEST(third.bar == "limit_tenant");
    BOOST_TEST(!third.took_of_tenant);
    BOOST_TEST((third.retry_after == 2s));
    const int asked = bank.asked;
    BOOST_TEST(charged(policy, job_to(american)).bar == "limit_tenant");
    BOOST_TEST(bank.asked == asked);  // it has just been told
}

BOOST_AUTO_TEST_CASE(gets_back_what_was_taken_for_nothing_and_once) {
    limit_rules rules;
    rules.tenant.of["acme"] = {0.5, 1};
    granter bank{.left = 1};
    send_policy policy(rules, bank.lease());
    auto first = charged(policy, job_to(american));
    policy.give_back(job_to(american), first);
    policy.give_back(job_to(american), first);
    BOOST_TEST(charged(policy, job_to(american)).bar.empty());
    BOOST_TEST(charged(policy, job_to(american)).bar == "limit_tenant");
}

BOOST_AUTO_TEST_CASE(leases_a_large_rate_in_blocks) {
    limit_rules rules;
    rules.tenant.of_each = send_rate{100, 1000};
    granter bank{.left = 1000};
    send_policy policy(rules, bank.lease());
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(charged(policy, job_to(american)).bar.empty());
    BOOST_TEST(bank.asked == 2);
}

BOOST_AUTO_TEST_CASE(counts_countries_apart_and_only_observes_where_it_is_told_to) {
    limit_rules rules;
    rules.country.mode = limit_mode::observe;
    rules.country.of["US"] = {0.5, 1};
    granter bank{.left = 0};
    send_policy policy(rules, bank.lease());
    const auto of = charged(policy, job_to(american));
    BOOST_TEST(of.bar.empty());
    BOOST_TEST(of.observed == "limit_country");
    BOOST_TEST(charged(policy, job_to(british)).observed.empty());
}

BOOST_AUTO_TEST_CASE(lets_pass_where_nobody_can_tell_the_rate) {
    limit_rules rules;
    rules.tenant.of["acme"] = {1, 1};
    granter bank{.away = true};
    send_policy policy(rules, bank.lease());
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(charged(policy, job_to(american)).bar.empty());
}

BOOST_AUTO_TEST_CASE(owes_what_went_while_nobody_could_tell_the_rate) {
    limit_rules rules;
    rules.tenant.of["acme"] = {1, 5};
    granter bank{.left = 5, .away = true};
    send_policy policy(rules, bank.lease());
    for (int i = 0; i < 3; ++i)
        charged(policy, job_to(american));
    bank.away = false;
    for (int i = 0; i < 2; ++i)
        BOOST_TEST(charged(policy, job_to(american)).bar.empty());
    BOOST_TEST(charged(policy, job_to(american)).bar == "limit_tenant");
}

BOOST_AUTO_TEST_CASE(gets_nothing_for_sends_that_failed_while_nobody_could_tell_the_rate) {
    limit_rules rules;
    rules.tenant.of["acme"] = {1, 5};
    granter bank{.left = 1, .away = true};
    send_policy policy(rules, bank.lease());
    for (int i = 0; i < 3; ++i) {
        auto of = charged(policy, job_to(american));
        policy.give_back(job_to(american), of);
    }
    bank.away = false;
    BOOST_TEST(charged(policy, job_to(american)).bar.empty());
    BOOST_TEST(charged(policy, job_to(american)).bar == "limit_tenant");
}

BOOST_AUTO_TEST_SUITE_END()
