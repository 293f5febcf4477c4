#include "worker/policy/gate.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace otp;
using namespace std::chrono_literals;

namespace {

constexpr bucket::time_point start{std::chrono::hours(1)};

outcome accepted_one() {
    outcome end;
    end.end = attempt_end::accepted;
    return end;
}

outcome slow_down(std::optional<std::chrono::seconds> retry_after) {
    outcome end;
    end.end = attempt_end::not_sent;
    end.why = fault::rate;
    end.retry_after = retry_after;
    return end;
}

int calls_in(bucket& b, std::chrono::milliseconds span) {
    int calls = 0;
    for (auto t = start; t < start + span; t += 1ms)
        for (; b.wait(t) == 0ms; ++calls)
            b.take(t);
    return calls;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_of_a_provider)

BOOST_AUTO_TEST_CASE(no_rate_is_no_limit) {
    bucket b;
    for (int i = 0; i < 100000; ++i)
        b.take(start);
    BOOST_TEST((b.wait(start) == 0ms));
}

BOOST_AUTO_TEST_CASE(calls_keep_to_the_rate_but_for_a_tenth_of_a_second_at_the_start) {
    bucket fast(100);
    BOOST_TEST(calls_in(fast, 10s) == 1009);
    bucket slow(5);
    BOOST_TEST(calls_in(slow, 10s) == 50);
    bucket rare(0.5);
    BOOST_TEST(calls_in(rare, 10s) == 5);
}

BOOST_AUTO_TEST_CASE(idle_time_is_not_saved_up) {
    bucket b(100);
    b.take(start - 30min);
    int at_once = 0;
    for (; b.wait(start) == 0ms; ++at_once)
        b.take(start);
    BOOST_TEST(at_once == 10);
}

BOOST_AUTO_TEST_CASE(a_pause_holds_whatever_the_rate_and_a_shorter_one_does_not_end_it) {
    bucket b;
    b.pause(start + 5s);
    b.pause(start + 1s);
    BOOST_TEST((b.wait(start) == 5s));
    BOOST_TEST((b.wait(start + 5s) == 0ms));
}

BOOST_AUTO_TEST_CASE(a_negative_rate_is_refused) {
    BOOST_CHECK_THROW(bucket(-1), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(gate_of_a_lane)

BOOST_AUTO_TEST_CASE(the_cap_of_calls_under_way_holds_until_one_ends_or_is_abandoned) {
    gate_limits limits;
    limits.most_in_flight = 2;
    gate g(limits);
    const auto one = g.begin(start);
    const auto two = g.begin(start);
    BOOST_TEST((g.wait(start) == 250ms));
    g.end(one, accepted_one(), start);
    BOOST_TEST((g.wait(start) == 0ms));
    g.begin(start);
    BOOST_TEST((g.wait(start) > 0ms));
    g.abandon(two);
    BOOST_TEST((g.wait(start) == 0ms));
    BOOST_TEST(g.in_flight() == 1U);
}

BOOST_AUTO_TEST_CASE(slow_down_pauses_for_as_long_as_the_provider_says) {
    gate g;
    g.end(g.begin(start), slow_down(7s), start);
    BOOST_TEST((g.wait(start) == 7s));
    BOOST_TEST(!g.is_open());
}

BOOST_AUTO_TEST_CASE(whoever_says_when_to_ask_again_is_not_asked_before_also_where_it_left_a_doubt
) {
    gate g;
    outcome unavailable;
    unavailable.end = attempt_end::in_doubt;
    unavailable.why = fault::doubt;
    unavailable.retry_after = 7s;
    g.end(g.begin(start), unavailable, start);
    BOOST_TEST((g.wait(start) == 7s));
}

BOOST_AUTO_TEST_CASE(slow_down_pauses_for_a_second_where_the_provider_names_no_time) {
    gate g;
    g.end(g.begin(start), slow_down(std::nullopt), start);
    BOOST_TEST((g.wait(start) == 1s));
}

BOOST_AUTO_TEST_CASE(no_provider_can_silence_itself_for_more_than_a_minute) {
    gate g;
    g.end(g.begin(start), slow_down(24h), start);
    BOOST_TEST((g.wait(start) == 60s));
}

BOOST_AUTO_TEST_CASE(the_rate_counts_calls_that_begin) {
    gate_limits limits;
    limits.max_per_second = 5;
    gate g(limits);
    g.begin(start);
    BOOST_TEST((g.wait(start) == 200ms));
    BOOST_TEST((g.wait(start + 200ms) == 0ms));
}

BOOST_AUTO_TEST_CASE(an_open_breaker_lets_nothing_pass) {
    gate g;
    outcome suspended;
    suspended.end = attempt_end::refused;
    suspended.why = fault::account;
    g.end(g.begin(start), suspended, start);
    BOOST_TEST(g.is_open());
    BOOST_TEST((g.wait(start) == 60s));
}

BOOST_AUTO_TEST_CASE(what_holds_a_job_up_is_named) {
    gate_limits limits;
    limits.max_per_second = 5;
    limits.most_in_flight = 2;
    gate g(limits);
    BOOST_TEST((g.what_holds(start) == held_by::nothing));
    const auto one = g.begin(start);
    BOOST_TEST((g.what_holds(start) == held_by::rate));
    g.begin(start + 1s);
    BOOST_TEST((g.what_holds(start + 2s) == held_by::in_flight));
    outcome suspended;
    suspended.why = fault::account;
    g.end(one, suspended, start + 2s);
    BOOST_TEST((g.what_holds(start + 3s) == held_by::breaker));
    g.set_paused(true);
    BOOST_TEST((g.what_holds(start + 3s) == held_by::paused));
}

BOOST_AUTO_TEST_CASE(
    a_paused_lane_is_looked_at_again_every_two_seconds_and_its_breaker_is_left_alone
) {
    gate g;
    g.set_paused(true);
    BOOST_TEST((g.wait(start) == 2s));
    BOOST_TEST((g.wait(start + 1h) == 2s));
    BOOST_TEST(!g.is_open());
    g.set_paused(false);
    BOOST_TEST((g.wait(start + 1h) == 0ms));
}

BOOST_AUTO_TEST_SUITE_END()
