#include "worker/stall.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace std::chrono_literals;

namespace {

constexpr stall::time_point start{std::chrono::hours(1)};

}  // namespace

BOOST_AUTO_TEST_SUITE(stalling)

BOOST_AUTO_TEST_CASE(waiting_messages_of_which_none_is_taken_for_ten_seconds_are_a_stall) {
    stall seen;
    seen.saw(1, start);
    BOOST_TEST(!seen.is_stalled(start, start + 9999ms));
    seen.saw(7, start + 5s);
    BOOST_TEST(seen.is_stalled(start, start + 10s));
}

BOOST_AUTO_TEST_CASE(an_empty_queue_is_no_stall_however_long_ago_one_was_taken) {
    stall seen;
    BOOST_TEST(!seen.is_stalled(start, start + 1h));
    seen.saw(0, start + 1h);
    BOOST_TEST(!seen.is_stalled(start, start + 2h));
}

BOOST_AUTO_TEST_CASE(a_message_that_has_just_come_gets_ten_seconds_of_its_own) {
    stall seen;
    seen.saw(0, start);
    seen.saw(1, start + 1h);
    BOOST_TEST(!seen.is_stalled(start, start + 1h + 9s));
    BOOST_TEST(seen.is_stalled(start, start + 1h + 10s));
}

BOOST_AUTO_TEST_CASE(a_long_queue_from_which_jobs_are_taken_is_no_stall) {
    stall seen;
    seen.saw(1000, start);
    BOOST_TEST(!seen.is_stalled(start + 30s, start + 39s));
}

BOOST_AUTO_TEST_CASE(an_emptied_queue_or_one_out_of_sight_ends_the_stall) {
    stall seen;
    seen.saw(1, start);
    seen.saw(0, start + 20s);
    BOOST_TEST(!seen.is_stalled(start, start + 20s));
    seen.saw(1, start + 21s);
    seen.saw_nothing();
    BOOST_TEST(!seen.is_stalled(start, start + 60s));
}

BOOST_AUTO_TEST_SUITE_END()
