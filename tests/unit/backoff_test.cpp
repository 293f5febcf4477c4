#include "worker/policy/backoff.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>

using namespace otp;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

BOOST_AUTO_TEST_SUITE(pauses_between_attempts)

BOOST_AUTO_TEST_CASE(the_longest_pause_doubles_from_one_second_and_stops_at_eight) {
    const std::pair<int, milliseconds> schedule[] =
        {{-1, 1s}, {0, 1s}, {1, 1s}, {2, 2s}, {3, 4s}, {4, 8s}, {5, 8s}, {1000000, 8s}};
    for (const auto& [attempt, longest] : schedule)
        BOOST_TEST((longest_backoff(attempt) == longest), attempt);
}

BOOST_AUTO_TEST_CASE(a_pause_is_drawn_evenly_from_none_to_the_longest) {
    BOOST_TEST((backoff(1, 0.0) == 0ms));
    BOOST_TEST((backoff(1, 0.5) == 500ms));
    BOOST_TEST((backoff(3, 0.25) == 1000ms));
    BOOST_TEST((backoff(4, 0.9999999) == 7999ms));
}

BOOST_AUTO_TEST_CASE(a_pause_is_rounded_up_to_a_delay_queue) {
    const std::pair<milliseconds, milliseconds> queues[] = {
        {-5ms, 250ms},
        {0ms, 250ms},
        {250ms, 250ms},
        {251ms, 500ms},
        {500ms, 500ms},
        {501ms, 1000ms},
        {1999ms, 2000ms},
        {2001ms, 4000ms},
        {4001ms, 8000ms},
        {8000ms, 8000ms},
        {60000ms, 8000ms}};
    for (const auto& [wanted, queue] : queues)
        BOOST_TEST((delay_queue_for(wanted) == queue), wanted.count());
}

BOOST_AUTO_TEST_SUITE_END()
