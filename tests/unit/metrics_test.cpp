#include "common/metrics/metrics.hpp"
#include "common/metrics/process_metrics.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <stdexcept>

using namespace otp;

namespace {

bool shows(metrics& all, const std::string& line) {
    return ("\n" + all.render()).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_of_a_process)

BOOST_AUTO_TEST_CASE(show_each_series_of_a_family_by_its_labels) {
    metrics all;
    auto calls = all.counter("otp_calls_total", "Calls", {"provider", "end"});
    calls.of({"twilio", "accepted"}).Increment();
    calls.of({"twilio", "accepted"}).Increment();
    calls.of({"gupshup", "refused"}).Increment();
    BOOST_TEST(shows(all, "otp_calls_total{end=\"accepted\",provider=\"twilio\"} 2"));
    BOOST_TEST(shows(all, "otp_calls_total{end=\"refused\",provider=\"gupshup\"} 1"));
}

BOOST_AUTO_TEST_CASE(do_not_take_one_series_for_another_with_the_same_letters) {
    metrics all;
    auto calls = all.counter("otp_calls_total", "Calls", {"a", "b"});
    calls.of({"xy", "z"}).Increment();
    BOOST_TEST((&calls.of({"xy", "z"}) != &calls.of({"x", "yz"})));
    BOOST_TEST((&calls.of({"xy", ""}) != &calls.of({"", "xy"})));
}

BOOST_AUTO_TEST_CASE(name_what_was_not_counted_yet) {
    metrics all;
    all.counter("otp_dead_total", "Dead", {"reason"});
    all.gauge("otp_open", "Open");
    BOOST_TEST(shows(all, "# HELP otp_dead_total Dead"));
    BOOST_TEST(shows(all, "# TYPE otp_dead_total counter"));
    BOOST_TEST(shows(all, "otp_open 0"));
}

BOOST_AUTO_TEST_CASE(keep_what_a_stranger_may_choose_within_bounds) {
    metrics all;
    auto errors = all.counter("otp_errors_total", "Errors", {"error"});
    for (int i = 0; i < 10'000; ++i)
        errors.of({std::to_string(i)}).Increment();
    BOOST_TEST(shows(all, "otp_errors_total{error=\"other\"} 9600"));
    BOOST_TEST(shows(all, "otp_errors_total{error=\"399\"} 1"));
    BOOST_TEST(all.render().find("\"400\"") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(refuse_a_name_twice_and_a_wrong_number_of_values) {
    metrics all;
    auto calls = all.counter("otp_calls_total", "Calls", {"provider"});
    BOOST_CHECK_THROW(all.gauge("otp_calls_total", "Calls"), std::logic_error);
    BOOST_CHECK_THROW(calls.of({"twilio", "sms"}), std::logic_error);
}

BOOST_AUTO_TEST_CASE(sort_times_into_the_buckets_of_their_histogram) {
    metrics all;
    auto times = all.histogram("otp_call_seconds", "Calls", {0.1, 1}, {"provider"});
    times.of({"twilio"}).Observe(seconds(std::chrono::milliseconds(250)));
    BOOST_TEST(shows(all, "otp_call_seconds_bucket{provider=\"twilio\",le=\"0.1\"} 0"));
    BOOST_TEST(shows(all, "otp_call_seconds_bucket{provider=\"twilio\",le=\"1\"} 1"));
    BOOST_TEST(shows(all, "otp_call_seconds_count{provider=\"twilio\"} 1"));
}

BOOST_AUTO_TEST_CASE(write_whole_figures_in_full_and_others_with_nine_digits) {
    metrics all;
    all.counter("otp_bytes_total", "Bytes").Increment(123456789012.0);
    all.gauge("otp_share", "Share").Set(1.0 / 3);
    all.gauge("otp_unknown", "Unknown").Set(std::nan(""));
    all.histogram("otp_call_seconds", "Calls", {0.25}).Observe(0.1 + 0.2);
    BOOST_TEST(shows(all, "otp_bytes_total 123456789012"));
    BOOST_TEST(shows(all, "otp_share 0.333333333"));
    BOOST_TEST(shows(all, "otp_unknown NaN"));
    BOOST_TEST(shows(all, "otp_call_seconds_sum 0.3"));
    BOOST_TEST(shows(all, "otp_call_seconds_bucket{le=\"+Inf\"} 1"));
}

BOOST_AUTO_TEST_CASE(quote_what_would_break_a_line) {
    metrics all;
    all.counter("otp_odd_total", "Odd", {"word"}).of({"a\"b\\c\nd"}).Increment();
    BOOST_TEST(shows(all, "otp_odd_total{word=\"a\\\"b\\\\c\\nd\"} 1"));
}

BOOST_AUTO_TEST_CASE(look_anew_at_each_scrape_and_follow_a_total_kept_elsewhere) {
    metrics all;
    auto& losses = all.counter("otp_losses_total", "Losses");
    std::uint64_t total = 3;
    all.before_render([&] { raise_to(losses, total); });
    BOOST_TEST(shows(all, "otp_losses_total 3"));
    total = 5;
    BOOST_TEST(shows(all, "otp_losses_total 5"));
    BOOST_TEST(shows(all, "otp_losses_total 5"));
}

BOOST_AUTO_TEST_CASE(tell_what_runs_and_what_it_uses) {
    metrics all;
    show_process(all);
    const auto text = all.render();
    BOOST_TEST(text.find("otp_build_info{version=\"" OTP_VERSION "\"} 1\n") != std::string::npos);
    BOOST_TEST(text.find("otp_process_resident_memory_bytes 0\n") == std::string::npos);
    BOOST_TEST(text.find("otp_process_open_fds 0\n") == std::string::npos);
    BOOST_TEST(shows(all, "otp_log_lines_total{level=\"error\"} 0"));
}

BOOST_AUTO_TEST_SUITE_END()
