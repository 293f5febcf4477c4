// What a worker counts of provider calls and of doubts.
#include "tests/support/pipeline_scene.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

bool shows(pipeline_bench& bench, const std::string& line) {
    return ("\n" + bench.numbers.render()).find("\n" + line + "\n") != std::string::npos;
}

const std::string calls_of_verify =
    R"(otp_provider_call_seconds_count{channel="sms",provider="twilio_verify"} )";

const bench_options by_verify = [] {
    bench_options options;
    options.by_verify = true;
    return options;
}();

}  // namespace

BOOST_AUTO_TEST_SUITE(a_provider_call)

BOOST_AUTO_TEST_CASE(is_timed_by_itself_where_a_text_needs_two) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const std::string sid = "VE" + std::string(32, '0');
            bench.twilio.answer_with(
                http_answer("201 Created", R"({"sid":")" + sid + R"(","status":"pending"})")
            );
            const test_job job;
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);
            BOOST_TEST(bench.store.find(job.id)->status == "sent");
            BOOST_TEST(bench.twilio.size() == 2U);
            BOOST_TEST(shows(bench, calls_of_verify + "2"));
        },
        by_verify
    );
}

BOOST_AUTO_TEST_CASE(is_timed_where_its_answer_bars_the_text) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            bench.twilio.answer_with(http_answer("401 Unauthorized", R"({"code":20003})"));
            const test_job job;
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);
            BOOST_TEST(bench.store.find(job.id)->provider == "gupshup");
            BOOST_TEST(bench.twilio.size() == 1U);
            BOOST_TEST(shows(bench, calls_of_verify + "1"));
        },
        by_verify
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_doubt)

BOOST_AUTO_TEST_CASE(is_open_until_the_job_comes_back) {
    metrics numbers;
    worker_metrics counts(numbers);
    const auto now = boot_clock::now();
    counts.put_back(put_back_reason::in_doubt, 8s);
    counts.put_back(put_back_reason::retry, 8s);
    BOOST_TEST(counts.doubts_open(now) == 1U);
    BOOST_TEST(counts.doubts_open(now + 1min) == 0U);
}

BOOST_AUTO_TEST_CASE(that_is_over_is_forgotten_though_nobody_asks) {
    metrics numbers;
    worker_metrics counts(numbers);
    for (int i = 0; i < 1000; ++i)
        counts.put_back(put_back_reason::in_doubt, 0ms);
    BOOST_TEST(counts.doubts_open(boot_clock::time_point::min()) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
