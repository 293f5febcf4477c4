// What `otpctl top` draws, and how it reads the /metrics of workers.

#include "ctl/top/draw.hpp"
#include "ctl/top/samples.hpp"
#include "ctl/top/top_json.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace otp;

namespace {

top_view busy() {
    top_view of;
    of.queues.push_back({"otp.send", 12, 2, ""});
    of.queues.push_back({"otp.dead", 3, 0, ""});
    of.statuses.push_back({"delivered", 40});
    of.statuses.push_back({"sending", 2});
    top_lane lane;
    lane.provider = "twilio";
    lane.channel = "sms";
    lane.calls = 20;
    lane.accepted = 15;
    lane.not_sent = 5;
    lane.median_ms = 180;
    lane.open_at = 2;
    of.lanes.push_back(lane);
    of.pauses.push_back({"provider", "gupshup", "review", "ann@ops", {}});
    of.oldest_open = std::chrono::seconds(45);
    top_worker worker;
    worker.url = "http://127.0.0.1:9464";
    worker.in_flight = 7;
    of.workers.push_back(worker);
    return of;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_view)

BOOST_AUTO_TEST_CASE(tells_each_server_and_worker_that_could_not_be_asked) {
    auto seen = busy();
    BOOST_TEST(what_was_not_asked(seen) == "");
    seen.faults.emplace_back("RabbitMQ: refused");
    seen.workers.front().fault = "time-out";
    BOOST_TEST(what_was_not_asked(seen) == "RabbitMQ: refused\nhttp://127.0.0.1:9464: time-out");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_drawing)

BOOST_AUTO_TEST_CASE(holds_queues_rates_lanes_pauses_and_workers) {
    const auto text = draw_top(busy(), {});
    BOOST_TEST(has(text, "PAUSED provider gupshup since 1970-01-01T00:00:00 by ann@ops: review\n"));
    BOOST_TEST(has(text, "otp.send                        12           2\n"));
    BOOST_TEST(has(text, "REQUESTS of the last minute: 42  delivered 40  sending 2\n"));
    BOOST_TEST(has(text, "oldest that has not ended: 45 s\n"));
    BOOST_TEST(has(text, "75%"));
    BOOST_TEST(has(text, "180 ms"));
    BOOST_TEST(has(text, "open at 2 workers"));
    BOOST_TEST(has(text, "http://127.0.0.1:9464             no"));
    BOOST_TEST(!has(text, "\x1b["));
}

BOOST_AUTO_TEST_CASE(is_no_wider_and_no_higher_than_the_terminal) {
    drawing small;
    small.width = 40;
    small.height = 8;
    std::istringstream lines(draw_top(busy(), small));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count)
        BOOST_TEST(line.size() <= 40U);
    BOOST_TEST(count == 7U);
}

BOOST_AUTO_TEST_CASE(cuts_between_characters_and_counts_wide_ones_twice) {
    top_view of;
    of.faults.emplace_back("\u00e4\u00f6\u00fc");
    of.faults.emplace_back("\u65e5\u672c\u8a9e");
    drawing narrow;
    narrow.width = 4;
    const auto text = draw_top(of, narrow);
    BOOST_TEST(has(text, "\n! \u00e4\u00f6\n"));
    BOOST_TEST(has(text, "\n! \u65e5\n"));
    narrow.width = 5;
    BOOST_TEST(has(draw_top(of, narrow), "\n! \u00e4\u00f6\u00fc\n"));
    BOOST_TEST(has(draw_top(of, narrow), "\n! \u65e5\n"));
}

BOOST_AUTO_TEST_CASE(shows_in_red_what_needs_somebody) {
    drawing coloured;
    coloured.colour = true;
    const auto text = draw_top(busy(), coloured);
    BOOST_TEST(has(text, "\x1b[31motp.dead"));
    BOOST_TEST(has(text, "\x1b[31mtwilio/sms"));
    BOOST_TEST(!has(text, "\x1b[31motp.send"));
}

BOOST_AUTO_TEST_CASE(is_one_object_for_scripts) {
    const auto text = top_json(busy());
    BOOST_TEST(has(text, R"("queues":[{"name":"otp.send","ready":12,"consumers":2,"fault":""})"));
    BOOST_TEST(has(text, R"("requests_of_the_last_minute":{"delivered":40,"sending":2})"));
    BOOST_TEST(has(text, R"("oldest_open_seconds":45)"));
    BOOST_TEST(text.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_page_of_metrics)

BOOST_AUTO_TEST_CASE(is_read_with_labels_and_escapes) {
    const auto all =
        parse_samples("# HELP a b\n# TYPE a counter\na 2\n"
                      "otp_breaker_open{provider=\"twilio\",channel=\"s\\\"ms\"} 1\nbroken{x=\"y\n"
                      "otp_breaker_open{provider=\"gupshup\",channel=\"sms\"} 0.5\n");
    BOOST_REQUIRE_EQUAL(all.size(), 3U);
    BOOST_TEST(all[0].value == 2);
    BOOST_TEST(all[1].labels.at("channel") == "s\"ms");
    BOOST_TEST(sum_of(all, "otp_breaker_open") == 1.5);
}

BOOST_AUTO_TEST_SUITE_END()
