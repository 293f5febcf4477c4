// What becomes of jobs that are under way when a reload replaces the lines to providers.
#include "tests/support/pipeline_scene.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using call = memory_delivery_store::call;

namespace {

// The credentials in a request.
std::string account_of(const std::string& request) {
    const auto at = request.find("Basic ");
    return request.substr(at, request.find("\r\n", at) - at);
}

void remove_lines(pipeline_bench& bench) {
    const auto limits = [](const lane&) { return gate_limits(); };
    bench.lines.replace({}, {}, {}, limits, {});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_reload)

BOOST_AUTO_TEST_CASE(lets_a_call_end_as_it_began_and_makes_the_next_one_anew) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.twilio.hold();
        const test_job first;
        bench.broker.deliver(first.body());
        co_await bench.eventually([&] { return bench.twilio.size() == 1; });
        bench.replace_lines({"TWILIO_AUTH_TOKEN"});
        const test_job second;
        bench.broker.deliver(second.body());
        co_await bench.eventually([&] { return bench.twilio.size() == 2; });
        bench.twilio.release();
        co_await bench.eventually([&] { return bench.broker.count("ack") == 2; });
        const auto posted = bench.twilio.requests();
        BOOST_TEST(account_of(posted[0]) != account_of(posted[1]));
        BOOST_TEST(posts(bench) == 2U);
        BOOST_TEST(bench.store.find(first.id)->status == "sent");
        BOOST_TEST(bench.store.find(second.id)->status == "sent");
    });
}

BOOST_AUTO_TEST_CASE(has_a_job_that_was_promised_to_an_old_line_sent_on_the_new_one) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const test_job first;
        bench.broker.deliver(first.body());
        co_await bench.eventually([&] { return bench.broker.count("ack") == 1; });
        barrier gate(bench, call::begin);
        const test_job second;
        bench.broker.deliver(second.body());
        co_await bench.eventually([&] { return gate.waiting == 1; });
        bench.replace_lines({"TWILIO_AUTH_TOKEN"});
        gate.closed = false;
        co_await bench.eventually([&] { return bench.broker.count("ack") == 2; });
        const auto posted = bench.twilio.requests();
        BOOST_TEST_REQUIRE(posted.size() == 2U);
        BOOST_TEST(account_of(posted[0]) != account_of(posted[1]));
    });
}

BOOST_AUTO_TEST_CASE(that_takes_a_provider_away_loses_no_answer_of_it) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.twilio.hold();
        const test_job job;
        bench.broker.deliver(job.body());
        co_await bench.eventually([&] { return bench.twilio.size() == 1; });
        remove_lines(bench);
        bench.twilio.release();
        co_await bench.eventually([&] { return bench.broker.count("ack") == 1; });
        BOOST_TEST(posts(bench) == 1U);
        BOOST_TEST(bench.store.find(job.id)->status == "sent");
    });
}

BOOST_AUTO_TEST_SUITE_END()
