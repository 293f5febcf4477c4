#include "common/log/repeat_limit.hpp"

#include <boost/test/unit_test.hpp>

using otp::log::repeat_limit;
using namespace std::chrono_literals;

namespace {

constexpr repeat_limit::time_point start{std::chrono::hours(1)};

int admitted(repeat_limit& limit, std::string_view event, int lines, repeat_limit::time_point at) {
    int count = 0;
    for (int i = 0; i < lines; ++i)
        count += limit.admits(event, at) ? 1 : 0;
    return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(repeats_of_an_event)

BOOST_AUTO_TEST_CASE(ten_are_written_in_ten_seconds_and_the_rest_is_told_once) {
    repeat_limit limit;
    BOOST_TEST(admitted(limit, "broker_down", 822, start) == 10);
    BOOST_TEST(limit.take_left_out(start + 9s).empty());
    const auto told = limit.take_left_out(start + 10s);
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0].event == "broker_down");
    BOOST_TEST(told[0].lines == 812u);
    BOOST_TEST(limit.take_left_out(start + 30s).empty());
}

BOOST_AUTO_TEST_CASE(one_event_does_not_silence_another) {
    repeat_limit limit;
    admitted(limit, "broker_down", 100, start);
    BOOST_TEST(limit.admits("stopped", start));
}

BOOST_AUTO_TEST_CASE(what_comes_now_and_then_is_always_written) {
    repeat_limit limit;
    for (int i = 0; i < 1000; ++i)
        BOOST_TEST(limit.admits("swept", start + i * 1100ms));
    BOOST_TEST((limit.due() == repeat_limit::time_point::max()));
}

BOOST_AUTO_TEST_CASE(lines_are_written_again_once_the_span_was_told) {
    repeat_limit limit;
    admitted(limit, "bug", 50, start);
    BOOST_TEST(limit.take_left_out(start + 10s).size() == 1u);
    BOOST_TEST(admitted(limit, "bug", 50, start + 10s) == 10);
}

BOOST_AUTO_TEST_CASE(lines_of_a_later_span_count_for_the_one_not_told_yet) {
    repeat_limit limit;
    admitted(limit, "bug", 12, start);
    BOOST_TEST(admitted(limit, "bug", 3, start + 25s) == 0);
    const auto told = limit.take_left_out(start + 25s);
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0].lines == 5u);
}

BOOST_AUTO_TEST_CASE(each_event_is_told_when_its_own_span_is_over) {
    repeat_limit limit;
    admitted(limit, "first", 20, start);
    admitted(limit, "second", 20, start + 5s);
    BOOST_TEST((limit.due() == start + 10s));
    BOOST_TEST(limit.take_left_out(start + 10s).size() == 1u);
    BOOST_TEST((limit.due() == start + 15s));
    const auto told = limit.take_left_out(start + 15s);
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0].event == "second");
}

BOOST_AUTO_TEST_SUITE_END()
