// Jobs that come with too little of their life left for a text.
#include "common/core/rfc3339.hpp"
#include "tests/support/pipeline_scene.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;
using call = memory_delivery_store::call;

namespace {

test_job asked(std::chrono::seconds ago) {
    test_job job;
    const auto at = std::chrono::system_clock::now() - ago;
    job.more = R"(,"requested_at":")" + format_rfc3339(at) + '"';
    return job;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_late_job)

BOOST_AUTO_TEST_CASE(is_told_as_expired_then_acked_and_never_begun) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const auto dead = asked(600s);
        const auto dying = asked(275s);
        const auto first = bench.broker.deliver(dead.body());
        co_await acked(bench, first);
        const auto second = bench.broker.deliver(dying.body());
        co_await acked(bench, second);
        BOOST_TEST(bench.broker.count("publish otp.events delivery.expired") == 2);
        BOOST_TEST(
            place_of(bench.broker, "publish otp.events delivery.expired") <
            place_of(bench.broker, "ack")
        );
        BOOST_TEST(bench.store.find(dead.id)->reason == "expired");
        BOOST_TEST(bench.store.find(dying.id)->reason == "expired");
        BOOST_TEST(bench.store.begun().empty());
        BOOST_TEST(posts(bench) == 0U);
    });
}

BOOST_AUTO_TEST_CASE(is_not_acked_before_the_database_has_its_end) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        barrier gate(bench, call::expire);
        const auto tag = bench.broker.deliver(asked(600s).body());
        co_await bench.eventually([&] { return gate.waiting == 1; });
        BOOST_TEST(bench.broker.count("publish") == 0);
        BOOST_TEST(!bench.broker.has_heard("ack " + tag_of(tag)));
        gate.closed = false;
        co_await acked(bench, tag);
    });
}

BOOST_AUTO_TEST_CASE(holds_up_no_fresh_one) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        barrier gate(bench, call::expire);
        const auto late = bench.broker.deliver(asked(600s).body());
        const auto behind = bench.broker.deliver(asked(600s).body());
        const test_job fresh;
        const auto tag = bench.broker.deliver(fresh.body());
        co_await acked(bench, tag);
        BOOST_TEST(bench.store.find(fresh.id)->status == "sent");
        BOOST_TEST(!bench.broker.has_heard("ack " + tag_of(late)));
        gate.closed = false;
        co_await acked(bench, behind);
    });
}

BOOST_AUTO_TEST_CASE(takes_no_place_in_flight) {
    bench_options one;
    one.concurrency = 1;
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            bench.twilio.hold();
            const auto fresh = bench.broker.deliver(test_job().body());
            co_await bench.eventually([&] { return bench.twilio.size() == 1; });
            const auto late = bench.broker.deliver(asked(600s).body());
            co_await acked(bench, late);
            BOOST_TEST(bench.jobs.in_flight() == 1U);
            bench.twilio.release();
            co_await acked(bench, fresh);
        },
        one
    );
}

BOOST_AUTO_TEST_CASE(shares_one_statement_with_what_gathered_meanwhile) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        barrier gate(bench, call::expire);
        bench.broker.deliver(asked(600s).body());
        co_await bench.eventually([&] { return gate.waiting == 1; });
        auto twin = asked(600s);
        for (int i = 0; i < 5; ++i) {
            bench.broker.deliver(twin.body());
            twin.id = new_uuid();  // one number five times
        }
        co_await bench.eventually([&] { return bench.jobs.waiting() == 5; });
        gate.closed = false;
        co_await bench.eventually([&] { return bench.broker.count("ack") == 6; });
        BOOST_TEST_REQUIRE(bench.store.expired().size() == 2U);
        BOOST_TEST(bench.store.expired().back().size() == 5U);
    });
}

BOOST_AUTO_TEST_CASE(under_way_elsewhere_is_put_back) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const auto job = asked(600s);
        const std::vector<begin_request> jobs{begun_elsewhere(job)};
        co_await bench.store.begin("another process", jobs);
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(bench.broker.has_heard("publish otp.retry.8000 otp.send"));
        BOOST_TEST(bench.store.find(job.id)->status == "sending");
    });
}

BOOST_AUTO_TEST_CASE(that_came_before_tells_its_end_again) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.store.failures = {{call::expire, store_error::kind::unavailable, true}};
        const auto job = asked(600s);
        const auto first = bench.broker.deliver(job.body());
        co_await acked(bench, first);
        const auto second = bench.broker.deliver(job.body());
        co_await acked(bench, second);
        BOOST_TEST(bench.broker.count("publish otp.events delivery.expired") == 2);
        BOOST_TEST(bench.store.failures.empty());
    });
}

BOOST_AUTO_TEST_CASE(that_policy_forbids_is_rejected) {
    bench_options british;
    british.limits.countries.allowed = {"GB"};
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const auto job = asked(600s);
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);
            BOOST_TEST(bench.store.find(job.id)->status == "rejected");
            BOOST_TEST(bench.store.find(job.id)->reason == "country_not_allowed");
        },
        british
    );
}

BOOST_AUTO_TEST_CASE(that_cannot_be_stored_is_kept_on_the_dead_queue_and_harms_no_other) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        barrier gate(bench, call::expire);
        bench.broker.deliver(asked(600s).body());
        co_await bench.eventually([&] { return gate.waiting == 1; });
        const auto bad = asked(600s);
        const auto good = asked(600s);
        bench.store.unstorable = bad.id;
        const auto bad_tag = bench.broker.deliver(bad.body());
        const auto good_tag = bench.broker.deliver(good.body());
        co_await bench.eventually([&] { return bench.jobs.waiting() == 2; });
        gate.closed = false;
        co_await acked(bench, bad_tag);
        co_await acked(bench, good_tag);
        BOOST_TEST(bench.store.find(good.id)->status == "expired");
        BOOST_TEST(bench.broker.count("publish otp.dead dead") == 1);
    });
}

// It was in time when it came, and no longer when a place was free.
BOOST_AUTO_TEST_CASE(may_have_become_so_while_it_waited) {
    bench_options one;
    one.concurrency = 1;
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            bench.twilio.hold();
            const auto fresh = bench.broker.deliver(test_job().body());
            co_await bench.eventually([&] { return bench.twilio.size() == 1; });
            const auto job = asked(269s);
            const auto dies = std::chrono::steady_clock::now() + 1500ms;
            const auto tag = bench.broker.deliver(job.body());
            // On a machine that stood still for a second it is late when it comes, and ends the
            // same.
            co_await bench.eventually([&] {
                return bench.jobs.waiting() == 1 || bench.broker.has_heard("ack " + tag_of(tag));
            });
            co_await sleep_until(dies);
            bench.twilio.release();
            co_await acked(bench, fresh);
            co_await acked(bench, tag);
            BOOST_TEST(bench.store.find(job.id)->reason == "expired");
            BOOST_TEST(bench.store.expired().size() == 1U);
            BOOST_TEST(posts(bench) == 1U);
        },
        one
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_drain)

BOOST_AUTO_TEST_CASE(ends_the_late_jobs_under_way_and_gives_back_the_others) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        barrier gate(bench, call::expire);
        const auto first = bench.broker.deliver(asked(600s).body());
        co_await bench.eventually([&] { return gate.waiting == 1; });
        const auto second = bench.broker.deliver(asked(600s).body());
        co_await bench.eventually([&] { return bench.jobs.waiting() == 1; });
        task_group others(bench.executor);
        others.spawn([&]() -> asio::awaitable<void> {
            const auto given_back = [&] { return bench.broker.count("requeue") == 1; };
            co_await bench.eventually(given_back);
            gate.closed = false;
        });
        co_await bench.drain(10s);
        co_await others.join();
        co_await acked(bench, first);
        BOOST_TEST(bench.broker.has_heard("requeue " + tag_of(second)));
    });
}

BOOST_AUTO_TEST_SUITE_END()
