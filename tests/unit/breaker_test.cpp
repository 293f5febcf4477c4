#include "worker/policy/breaker.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace std::chrono_literals;

namespace {

constexpr breaker::time_point start{std::chrono::hours(1)};

void run(breaker& b, call_end how, int times, breaker::time_point at) {
    for (int i = 0; i < times; ++i)
        b.end(b.begin(), how, at);
}

breaker opened(breaker::time_point at = start) {
    breaker b;
    run(b, call_end::failed, 10, at);
    return b;
}

outcome ended(attempt_end end, fault why) {
    outcome one;
    one.end = end;
    one.why = why;
    return one;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(breaking)

BOOST_AUTO_TEST_CASE(ten_failures_in_a_row_open_it) {
    breaker b;
    run(b, call_end::failed, 9, start);
    BOOST_TEST(!b.is_open());
    BOOST_TEST((b.wait(start) == 0ms));
    run(b, call_end::failed, 1, start);
    BOOST_TEST(b.is_open());
    BOOST_TEST((b.wait(start) == 60s));
}

BOOST_AUTO_TEST_CASE(an_answer_ends_the_row) {
    breaker b;
    run(b, call_end::failed, 9, start);
    run(b, call_end::answered, 1, start);
    run(b, call_end::failed, 9, start);
    BOOST_TEST(!b.is_open());
}

BOOST_AUTO_TEST_CASE(fifty_failures_in_a_minute_open_it_where_they_are_a_tenth_of_the_calls) {
    breaker b;
    for (int i = 0; i < 49; ++i) {
        run(b, call_end::answered, 9, start + i * 1s);
        run(b, call_end::failed, 1, start + i * 1s);
    }
    BOOST_TEST(!b.is_open());
    run(b, call_end::answered, 9, start + 50s);
    run(b, call_end::failed, 1, start + 50s);
    BOOST_TEST(b.is_open());
}

BOOST_AUTO_TEST_CASE(fifty_failures_among_very_many_calls_do_not_open_it) {
    breaker b;
    for (int i = 0; i < 59; ++i) {
        run(b, call_end::answered, 10, start + i * 1s);
        run(b, call_end::failed, 1, start + i * 1s);
        BOOST_REQUIRE(!b.is_open());
    }
}

BOOST_AUTO_TEST_CASE(failures_over_a_minute_old_do_not_count) {
    breaker b;
    for (int i = 0; i < 200; ++i) {
        run(b, call_end::answered, 1, start + i * 2s);
        run(b, call_end::failed, 1, start + i * 2s);
        BOOST_REQUIRE(!b.is_open());
    }
}

BOOST_AUTO_TEST_CASE(a_fault_of_the_account_opens_it_at_once) {
    breaker b;
    run(b, call_end::account, 1, start);
    BOOST_TEST(b.is_open());
}

BOOST_AUTO_TEST_CASE(after_a_minute_one_probe_passes_and_no_second) {
    breaker b = opened();
    BOOST_TEST((b.wait(start + 59s) == 1s));
    BOOST_TEST((b.wait(start + 60s) == 0ms));
    b.begin();
    BOOST_TEST((b.wait(start + 60s) > 0ms));
    BOOST_TEST((b.wait(start + 90s) > 0ms));
}

BOOST_AUTO_TEST_CASE(a_good_probe_closes_it_and_forgets_the_past) {
    breaker b = opened();
    b.end(b.begin(), call_end::answered, start + 61s);
    BOOST_TEST(!b.is_open());
    run(b, call_end::failed, 9, start + 61s);
    BOOST_TEST(!b.is_open());
}

BOOST_AUTO_TEST_CASE(a_bad_probe_makes_it_rest_again) {
    for (const call_end bad : {call_end::failed, call_end::account}) {
        breaker b = opened();
        b.end(b.begin(), bad, start + 70s);
        BOOST_TEST(b.is_open());
        BOOST_TEST((b.wait(start + 70s) == 60s));
    }
}

BOOST_AUTO_TEST_CASE(a_probe_that_was_not_made_leaves_the_next_one_free) {
    breaker b = opened();
    b.abandon(b.begin());
    BOOST_TEST((b.wait(start + 60s) == 0ms));
}

BOOST_AUTO_TEST_CASE(calls_begun_before_it_opened_neither_close_nor_prolong_it) {
    breaker b;
    const auto good = b.begin();
    const auto bad = b.begin();
    const auto refused = b.begin();
    run(b, call_end::failed, 10, start);
    b.end(good, call_end::answered, start + 5s);
    BOOST_TEST(b.is_open());
    b.end(bad, call_end::failed, start + 9s);
    b.end(refused, call_end::account, start + 9s);
    BOOST_TEST((b.wait(start + 60s) == 0ms));
}

BOOST_AUTO_TEST_CASE(a_refusal_or_a_slow_down_is_an_answer_and_a_lost_call_is_a_failure) {
    using enum attempt_end;
    const auto judge = [](attempt_end end, fault why) { return call_end_of(ended(end, why)); };
    BOOST_TEST((judge(accepted, fault::none) == call_end::answered));
    BOOST_TEST((judge(refused, fault::number) == call_end::answered));
    BOOST_TEST((judge(refused, fault::config) == call_end::answered));
    BOOST_TEST((judge(refused, fault::blocked) == call_end::answered));
    BOOST_TEST((judge(not_sent, fault::rate) == call_end::answered));
    BOOST_TEST((judge(not_sent, fault::worker) == call_end::answered));
    BOOST_TEST((judge(not_sent, fault::temporary) == call_end::failed));
    BOOST_TEST((judge(in_doubt, fault::doubt) == call_end::failed));
    BOOST_TEST((judge(refused, fault::account) == call_end::account));
}

BOOST_AUTO_TEST_SUITE_END()
