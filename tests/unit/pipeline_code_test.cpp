// Which digits a text carries, and when it is too late for them.
#include "tests/support/pipeline_scene.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(the_code_of_a_job)

BOOST_AUTO_TEST_CASE(is_that_of_the_request_that_opened_it_under_the_key_of_then) {
    bench_options without_pauses;
    without_pauses.resend_ladder = {0};
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const std::string older = "k1:" + std::string(64, 'a');
            bench.keys = *key_ring::parse("k2:" + std::string(64, 'b') + "," + older);
            const test_job job;
            auto earlier = begun_elsewhere(job);
            earlier.request_id = new_uuid();
            const std::vector<begin_request> jobs{earlier};
            co_await bench.store.begin("another process", jobs);
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);

            const code_subject subject{"default", job.number, "default"};
            const auto code = derive_code(*bench.keys.find("k1"), earlier.request_id, subject, 6);
            BOOST_REQUIRE(bench.twilio.size() == 1U);
            const std::string request = bench.twilio.requests().front();
            BOOST_TEST((request.find(code.reveal()) != std::string::npos));
        },
        without_pauses
    );
}

BOOST_AUTO_TEST_CASE(that_came_close_to_its_end_while_the_database_answered_is_not_written) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.store.answer_age = 280s;  // of the 300 s of its life
        const test_job job;
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(posts(bench) == 0U);
        BOOST_REQUIRE(bench.store.find(job.id)->attempts.size() == 1U);
        BOOST_TEST(bench.store.find(job.id)->attempts.front().error_code == "expired");
        BOOST_TEST(bench.store.find(job.id)->status == "expired");
        BOOST_TEST(bench.broker.has_heard("publish otp.events delivery.expired"));
    });
}

BOOST_AUTO_TEST_CASE(that_came_close_to_its_end_while_the_answer_was_on_its_way_is_not_written) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.store.answer_age =
            269s;  // 31 s are left when the answer leaves, of which 30 are needed
        bench.store.after = [](memory_delivery_store::call of) -> asio::awaitable<void> {
            if (of == memory_delivery_store::call::begin)
                co_await sleep_for(1100ms);
        };
        const test_job job;
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(posts(bench) == 0U);
        BOOST_REQUIRE(bench.store.find(job.id)->attempts.size() == 1U);
        BOOST_TEST(bench.store.find(job.id)->attempts.front().error_code == "expired");
    });
}

BOOST_AUTO_TEST_SUITE_END()
