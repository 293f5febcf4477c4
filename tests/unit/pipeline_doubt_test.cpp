// Where a text may or may not have gone out, or did not arrive.
#include "tests/support/pipeline_scene.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(a_job)

BOOST_AUTO_TEST_CASE(in_doubt_goes_by_another_provider_with_the_same_code) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.twilio.answer_with("");
        test_job job;
        job.more = R"(,"code_length":10)";
        const auto first = bench.broker.deliver(job.body());
        co_await acked(bench, first);
        BOOST_TEST(bench.broker.has_heard("publish otp.retry.8000 otp.send"));
        BOOST_TEST(bench.store.find(job.id)->attempts.front().state == "in_doubt");
        const auto again = bench.broker.deliver(job.body());
        co_await acked(bench, again);
        BOOST_TEST(bench.twilio.size() == 1U);
        BOOST_TEST(bench.gupshup.size() == 1U);
        BOOST_TEST(bench.store.find(job.id)->status == "sent");
        const code_subject subject{"default", job.number, "default"};
        const auto code = derive_code(bench.keys.newest(), job.id, subject, 10);
        for (const auto* carrier : {&bench.twilio, &bench.gupshup})
            BOOST_TEST((carrier->requests().front().find(code.reveal()) != std::string::npos));
    });
}

BOOST_AUTO_TEST_CASE(settled_from_doubt_goes_on_like_any_other) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.twilio.answer_with("");
        bench.gupshup.answer_with(http_answer("429 Too Many Requests", ""));
        const test_job job;
        const auto first = bench.broker.deliver(job.body());
        co_await acked(bench, first);
        const auto again = bench.broker.deliver(job.body());
        co_await acked(bench, again);
        BOOST_TEST(posts(bench) == 2U);
        BOOST_TEST(bench.store.find(job.id)->status == "sending");
        BOOST_TEST(bench.broker.published.back().exchange.starts_with("otp.retry."));
    });
}

// Its lease ended while its end waited for the database, and the message came again.
BOOST_AUTO_TEST_CASE(that_took_itself_over_goes_by_another_provider_once) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        barrier gate(bench, memory_delivery_store::call::finish);
        const test_job other;
        const auto other_tag = bench.broker.deliver(other.body());
        co_await bench.eventually([&] { return gate.waiting == 1; });

        bench.twilio.answer_with(http_answer("429 Too Many Requests", R"({"code":20429})"));
        const test_job job;
        const auto first = bench.broker.deliver(job.body());
        const auto twilio = bench.lines.find("twilio", "sms");
        co_await bench.eventually([&] {
            return bench.twilio.size() == 2 && twilio->entrance.in_flight() == 0;
        });
        bench.store.end_lease(job.id);
        const auto again = bench.broker.deliver(job.body());
        co_await bench.eventually([&] {
            return bench.numbers.render().find(R"(result="not_found")") != std::string::npos;
        });
        gate.closed = false;
        for (const auto tag : {other_tag, first, again})
            co_await acked(bench, tag);

        BOOST_TEST(bench.gupshup.size() == 1U);
        BOOST_TEST(bench.store.find(job.id)->attempts.size() == 2U);
        BOOST_TEST(bench.store.find(job.id)->status == "sent");
        const auto put_back = [](const amqp::outgoing_message& one) {
            return one.exchange.starts_with("otp.retry.");
        };
        BOOST_TEST(std::ranges::count_if(bench.broker.published, put_back) == 1);
        for (const auto& batch : bench.store.finished())
            BOOST_TEST(batch.size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(in_doubt_is_held_where_the_policy_says_so) {
    bench_options holding;
    holding.hold_doubts = true;
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            bench.twilio.answer_with("");
            const test_job job;
            for (int times = 0; times < 3; ++times) {
                const auto tag = bench.broker.deliver(job.body());
                co_await acked(bench, tag);
            }
            BOOST_TEST(bench.broker.count("publish otp.retry.8000") == 3);
            BOOST_TEST(posts(bench) == 1U);
            BOOST_TEST(bench.store.find(job.id)->status == "sending");
        },
        holding
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_failed_receipt)

const bench_options with_receipts{
    .resend_ladder = {30},
    .callback_url = "https://otp.example.com",
    .limits = {},
    .leases = {}};

// A job that Twilio took and then could not deliver, as the sweep publishes it.
asio::awaitable<std::string> undelivered(pipeline_bench& bench, const test_job& job) {
    const auto tag = bench.broker.deliver(job.body());
    co_await acked(bench, tag);
    bench.store.record_receipt(job.id, 1, "undelivered");
    const auto due = co_await bench.store.sweep(500);
    co_return due->at(0).body;
}

BOOST_AUTO_TEST_CASE(has_the_job_sent_by_another_provider) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const test_job job;
            const auto body = co_await undelivered(bench, job);
            const auto tag = bench.broker.deliver(body);
            co_await acked(bench, tag);
            BOOST_TEST(bench.twilio.size() == 1U);
            BOOST_TEST(bench.gupshup.size() == 1U);
            BOOST_TEST(bench.broker.count("publish otp.events delivery.sent") == 2);
        },
        with_receipts
    );
}

BOOST_AUTO_TEST_CASE(is_answered_later_where_the_other_provider_says_slow_down) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            bench.gupshup.answer_with(http_answer("429 Too Many Requests", ""));
            const test_job job;
            const auto body = co_await undelivered(bench, job);
            const auto tag = bench.broker.deliver(body);
            co_await acked(bench, tag);
            BOOST_TEST(bench.gupshup.size() == 1U);
            BOOST_TEST(bench.broker.published.back().exchange.starts_with("otp.retry."));
            BOOST_TEST(bench.store.find(job.id)->status == "sent");
        },
        with_receipts
    );
}

BOOST_AUTO_TEST_CASE(is_answered_later_where_the_other_provider_leaves_a_doubt) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            bench.gupshup.answer_with("");
            const test_job job;
            const auto body = co_await undelivered(bench, job);
            const auto tag = bench.broker.deliver(body);
            co_await acked(bench, tag);
            BOOST_TEST(bench.store.find(job.id)->attempts.back().state == "in_doubt");
            BOOST_TEST(bench.broker.published.back().exchange == "otp.retry.8000");
        },
        with_receipts
    );
}

BOOST_AUTO_TEST_CASE(waits_until_the_other_provider_has_room) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const test_job job;
            const auto body = co_await undelivered(bench, job);
            const auto gupshup = bench.lines.find("gupshup", "sms");
            outcome slow_down;
            slow_down.why = fault::rate;
            place(gupshup).end(slow_down);  // pauses it for a second
            const auto early = bench.broker.deliver(body);
            co_await acked(bench, early);
            BOOST_TEST(bench.gupshup.size() == 0U);
            BOOST_TEST(bench.broker.published.back().exchange.starts_with("otp.retry."));
            BOOST_TEST(!bench.store.find(job.id)->attempts.back().counted);
            const auto has_room = [&] {
                return gupshup->entrance.wait(std::chrono::steady_clock::now()) == 0ms;
            };
            co_await bench.eventually(has_room);
            const auto later = bench.broker.deliver(body);
            co_await acked(bench, later);
            BOOST_TEST(bench.twilio.size() == 1U);
            BOOST_TEST(bench.gupshup.size() == 1U);
        },
        with_receipts
    );
}

BOOST_AUTO_TEST_SUITE_END()
