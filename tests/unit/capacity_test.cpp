// What a rate needs, by the capacity model.

#include "ctl/capacity_model.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace otp;

namespace {

// Round costs, so that a reader can follow the arithmetic.
text_costs round_costs() {
    text_costs costs;
    costs.worker_us = 600;
    costs.database_us = 200;
    costs.check_database_us = 100;
    costs.check_us = 300;
    costs.queue_us = 100;
    costs.wal_bytes = 3000;
    costs.check_wal_bytes = 1000;
    costs.stored_bytes = 1000;
    costs.syncs = 1000;
    return costs;
}

capacity_question at_rate(double rate, double latency_ms = 100) {
    capacity_question asked;
    asked.rate = rate;
    asked.latency_ms = latency_ms;
    return asked;
}

const capacity_limit& limit_of(const capacity_answer& found, std::string_view words) {
    const auto one = std::ranges::find_if(found.limits, [&](const capacity_limit& limit) {
        return limit.name.find(words) != std::string::npos;
    });
    BOOST_REQUIRE(one != found.limits.end());
    return *one;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_capacity)

BOOST_AUTO_TEST_CASE(has_places_for_all_that_is_under_way_twice_over) {
    const auto found = capacity_for(at_rate(1000, 500), {});
    BOOST_TEST(found.in_flight == 1000);
    BOOST_TEST(found.workers * found.concurrency >= found.in_flight);
    BOOST_TEST(found.database_connections == 3 * found.workers);
    BOOST_TEST(found.provider_connections == 500);
}

BOOST_AUTO_TEST_CASE(plans_a_core_at_least_and_grows_with_the_rate) {
    BOOST_TEST(capacity_for(at_rate(1), round_costs()).workers == 1);
    // 3 cores busy, of which 0.6 each are planned for
    BOOST_TEST(capacity_for(at_rate(5000), round_costs()).workers == 5);
}

BOOST_AUTO_TEST_CASE(adds_workers_where_one_has_no_place_for_what_is_in_flight) {
    auto costs = round_costs();
    costs.worker_us = 1;
    BOOST_TEST(capacity_for(at_rate(10000, 3000), costs).workers == 2);
}

BOOST_AUTO_TEST_CASE(counts_each_check_at_the_database_and_at_otp_verify) {
    auto asked = at_rate(1000);
    asked.checks = 2;
    const auto found = capacity_for(asked, round_costs());
    BOOST_TEST(found.parts[1].cores == 0.4, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(found.parts[3].cores == 0.6, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(found.wal_mb == 5, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(tells_the_rows_of_a_day) {
    const auto found = capacity_for(at_rate(1000), round_costs());
    BOOST_TEST(found.stored_gb == 86.4, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_limits_of_a_capacity)

BOOST_AUTO_TEST_CASE(stand_in_the_order_in_which_they_are_met) {
    const auto found = capacity_for(at_rate(10), round_costs());
    BOOST_TEST(found.limits.front().name == "one quorum queue");
    BOOST_TEST(found.limits.front().rate == 10000);
    BOOST_TEST(std::ranges::is_sorted(found.limits, {}, &capacity_limit::rate));
    auto costs = round_costs();
    costs.database_us = 1e6;
    const auto other = capacity_for(at_rate(10), costs);
    BOOST_TEST(other.limits.front().name == "processor of one PostgreSQL primary");
}

BOOST_AUTO_TEST_CASE(say_how_many_are_needed_with_headroom) {
    // 6,000 a second is 0.6 of what one queue gives.
    BOOST_TEST(limit_of(capacity_for(at_rate(6000), round_costs()), "queue").needed == 1);
    BOOST_TEST(limit_of(capacity_for(at_rate(6001), round_costs()), "queue").needed == 2);
}

BOOST_AUTO_TEST_CASE(move_with_the_machine) {
    auto asked = at_rate(1000);
    asked.database_cores = 3;
    asked.wal_mb = 40;
    const auto found = capacity_for(asked, round_costs());
    BOOST_TEST(limit_of(found, "processor").rate == 10000);
    BOOST_TEST(limit_of(found, "WAL").rate == 10000);
}

BOOST_AUTO_TEST_CASE(count_commits_by_full_batches) {
    // Two commits for 256 texts.
    const auto found = capacity_for(at_rate(1000), round_costs());
    BOOST_TEST(limit_of(found, "commits").rate == 128000);
}

BOOST_AUTO_TEST_SUITE_END()
