// How jobs flow through a worker together, and out of one that stops.
#include "common/core/rfc3339.hpp"
#include "tests/support/pipeline_scene.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;
using call = memory_delivery_store::call;

BOOST_AUTO_TEST_SUITE(batches)

BOOST_AUTO_TEST_CASE(form_while_the_store_is_busy) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        barrier gate(bench, call::begin);
        std::vector<test_job> jobs(6);
        bench.broker.deliver(jobs.front().body());
        co_await bench.eventually([&] { return gate.waiting == 1; });
        for (std::size_t i = 1; i < jobs.size(); ++i)
            bench.broker.deliver(jobs[i].body());
        co_await bench.eventually([&] { return bench.jobs.waiting() == 5; });
        gate.closed = false;
        co_await bench.eventually([&] { return bench.broker.count("ack") == 6; });
        BOOST_TEST_REQUIRE(bench.store.begun().size() == 2U);
        BOOST_TEST(bench.store.begun().back().size() == 5U);
    });
}

BOOST_AUTO_TEST_CASE(never_hold_two_jobs_of_one_number) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        barrier gate(bench, call::begin);
        const test_job first;
        bench.broker.deliver(first.body());
        co_await bench.eventually([&] { return gate.waiting == 1; });
        std::vector<test_job> twins(3);
        for (auto& one : twins) {
            one.number = twins.front().number;
            bench.broker.deliver(one.body());
        }
        bench.broker.deliver(twins.front().body());  // and one message twice
        co_await bench.eventually([&] { return bench.jobs.waiting() == 4; });
        gate.closed = false;
        co_await bench.eventually([&] { return bench.broker.count("ack") == 5; });
        for (const auto& batch : bench.store.begun())
            BOOST_TEST(batch.size() == 1U);
        BOOST_TEST(posts(bench) == 2U);  // the ladder refused the others
    });
}

// The database lets the newest text and cancels those that it finds superseded.
BOOST_AUTO_TEST_CASE(of_one_number_ask_the_newest_first) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        barrier gate(bench, call::begin);
        const test_job first;
        bench.broker.deliver(first.body());
        co_await bench.eventually([&] { return gate.waiting == 1; });
        const auto now = std::chrono::system_clock::now();
        std::vector<test_job> twins(3);
        for (std::size_t i = 0; i < twins.size(); ++i) {
            const auto asked = format_rfc3339(now - 30s + std::chrono::seconds(i));
            twins[i].number = twins.front().number;
            twins[i].more = R"(,"requested_at":")" + asked + R"(")";
            bench.broker.deliver(twins[i].body());
        }
        co_await bench.eventually([&] { return bench.jobs.waiting() == 3; });
        gate.closed = false;
        co_await bench.eventually([&] { return bench.broker.count("ack") == 4; });
        BOOST_REQUIRE(bench.store.begun().size() == 4U);
        BOOST_TEST((bench.store.begun().at(1).front() == twins.back().id));
    });
}

BOOST_AUTO_TEST_CASE(leave_no_more_in_flight_than_are_allowed) {
    bench_options two;
    two.concurrency = 2;
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            bench.twilio.hold();
            std::vector<test_job> jobs(6);
            for (const auto& one : jobs)
                bench.broker.deliver(one.body());
            co_await bench.eventually([&] { return bench.twilio.size() == 2; });
            BOOST_TEST(bench.jobs.in_flight() == 2U);
            BOOST_TEST(bench.jobs.waiting() == 4U);
            bench.twilio.release();
            co_await bench.eventually([&] {
                if (bench.jobs.in_flight() > 2)
                    throw std::runtime_error("more than two in flight");
                return bench.broker.count("ack") == 6;
            });
        },
        two
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_drain)

BOOST_AUTO_TEST_CASE(gives_back_what_has_not_begun_and_ends_the_rest) {
    bench_options one;
    one.concurrency = 1;
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            bench.twilio.hold();
            std::vector<test_job> jobs(3);
            std::vector<std::uint64_t> tags;
            for (const auto& job : jobs)
                tags.push_back(bench.broker.deliver(job.body()));
            co_await bench.eventually([&] {
                return bench.twilio.size() == 1 && bench.jobs.waiting() == 2;
            });
            task_group others(bench.executor);
            others.spawn([&]() -> asio::awaitable<void> {
                const auto given_back = [&] { return bench.broker.count("requeue") == 2; };
                co_await bench.eventually(given_back);
                bench.twilio.release();
            });
            co_await bench.drain(10s);
            co_await others.join();
            co_await acked(bench, tags[0]);
            BOOST_TEST(bench.broker.has_heard("requeue " + tag_of(tags[1])));
            BOOST_TEST(bench.broker.has_heard("requeue " + tag_of(tags[2])));
            BOOST_TEST(posts(bench) == 1U);
        },
        one
    );
}

BOOST_AUTO_TEST_CASE(records_as_in_doubt_what_it_had_to_cut) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.twilio.hold();
        const test_job job;
        const auto tag = bench.broker.deliver(job.body());
        co_await bench.eventually([&] { return bench.twilio.size() == 1; });
        co_await bench.drain(20ms);
        co_await acked(bench, tag);
        BOOST_TEST(bench.store.find(job.id)->attempts.front().state == "in_doubt");
        BOOST_TEST(bench.broker.has_heard("publish otp.retry.8000 otp.send"));
    });
}

BOOST_AUTO_TEST_CASE(ends_although_the_database_is_away) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        barrier never(bench, call::begin);
        const test_job job;
        const auto tag = bench.broker.deliver(job.body());
        co_await bench.eventually([&] { return never.waiting == 1; });
        co_await bench.drain(20ms, 20ms);
        BOOST_TEST(!bench.broker.has_heard("ack " + tag_of(tag)));
    });
}

BOOST_AUTO_TEST_SUITE_END()
