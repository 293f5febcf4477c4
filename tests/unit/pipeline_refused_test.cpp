// What a refusal of one attempt forbids those that follow it.
#include "tests/support/pipeline_scene.hpp"

#include <boost/test/unit_test.hpp>

#include <ctime>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

bench_options with_whatsapp() {
    bench_options options;
    options.by_whatsapp = true;
    return options;
}

// By SMS, or else by WhatsApp.
struct job_of_two_channels : test_job {
    std::string body() const {
        auto text = test_job::body();
        const std::string sms = R"("channel":"sms")";
        return text.replace(text.find(sms), sms.size(), R"("channel":["sms","whatsapp"])");
    }
};

// Blocked by the person or the carrier: no other provider may send it by SMS, WhatsApp may.
const std::string opted_out = http_answer("400 Bad Request", R"({"code":30004,"status":400})");
const std::string slow_down = http_answer("429 Too Many Requests", "");

std::vector<std::string> lanes_of(const pipeline_bench& bench, const test_job& job) {
    std::vector<std::string> lanes;
    for (const auto& one : bench.store.find(job.id)->attempts)
        lanes.push_back(one.provider + "/" + one.channel);
    return lanes;
}

// Twilio's list with one message, which failed after it was taken.
std::string failed_since(const std::string& code) {
    const std::time_t now = std::time(nullptr);
    char date[40];
    std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", std::gmtime(&now));
    return http_answer(
        "200 OK",
        R"({"messages":[{"sid":"SM)" + std::string(32, 'e') +
            R"(","direction":"outbound-api","date_created":")" + date +
            R"(","body":"","status":"undelivered","error_code":)" + code + "}]}"
    );
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_refusal)

BOOST_AUTO_TEST_CASE(that_bars_a_channel_bars_it_after_the_next_attempt_failed_too) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            bench.twilio.answer_with(opted_out);
            bench.gupshup.answer_with(slow_down);
            const job_of_two_channels job;
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);
            const std::vector<std::string> lanes{"twilio/sms", "gupshup/whatsapp"};
            BOOST_TEST((lanes_of(bench, job) == lanes));
            BOOST_TEST(bench.store.find(job.id)->attempts.front().bars_channel);
            BOOST_TEST(bench.broker.published.back().exchange.starts_with("otp.retry."));
        },
        with_whatsapp()
    );
}

BOOST_AUTO_TEST_CASE(that_a_look_up_tells_bars_its_channel_as_one_that_was_answered) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            bench.twilio.answer_with("");
            bench.twilio.list(failed_since("30004"));
            bench.gupshup.answer_with(slow_down);
            const job_of_two_channels job;
            const auto first = bench.broker.deliver(job.body());
            co_await acked(bench, first);
            const auto again = bench.broker.deliver(job.body());
            co_await acked(bench, again);
            const std::vector<std::string> lanes{"twilio/sms", "gupshup/whatsapp"};
            BOOST_TEST((lanes_of(bench, job) == lanes));
            BOOST_TEST(bench.store.find(job.id)->attempts.front().bars_channel);
            BOOST_TEST(bench.broker.published.back().exchange.starts_with("otp.retry."));
        },
        with_whatsapp()
    );
}

BOOST_AUTO_TEST_CASE(stands_when_the_job_comes_back_from_its_delay_queue) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.twilio.answer_with(http_answer("400 Bad Request", ""));
        bench.gupshup.answer_with(slow_down);
        const test_job job;
        const auto first = bench.broker.deliver(job.body());
        co_await acked(bench, first);
        const auto has_room = [&] {
            const auto now = std::chrono::steady_clock::now();
            return bench.lines.find("gupshup", "sms")->entrance.wait(now) == 0ms;
        };
        co_await bench.eventually(has_room);
        const auto again = bench.broker.deliver(job.body());
        co_await acked(bench, again);
        BOOST_TEST(bench.twilio.size() == 1U);
        BOOST_TEST(bench.gupshup.size() == 2U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
