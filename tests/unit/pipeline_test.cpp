// A worker's way with jobs: real codecs, client, consumer and publisher; broker, carriers and store
// play along.
#include "tests/support/pipeline_scene.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;
using call = memory_delivery_store::call;
using reply = loopback_broker::reply;

BOOST_AUTO_TEST_SUITE(a_job)

BOOST_AUTO_TEST_CASE(is_acked_after_its_event_is_confirmed) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const test_job job;
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(bench.twilio.size() == 1U);
        BOOST_TEST(bench.gupshup.size() == 0U);
        BOOST_TEST(bench.store.find(job.id)->status == "sent");
        BOOST_TEST(
            place_of(bench.broker, "publish otp.events delivery.sent") <
            place_of(bench.broker, "ack")
        );
    });
}

// A resend over HTTP is made of them.
BOOST_AUTO_TEST_CASE(with_variables_leaves_its_message_in_the_database_also_where_no_receipts_come
) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        test_job with;
        with.more = R"(,"template":"webotp","variables":{"host":"example.com"})";
        const auto first = bench.broker.deliver(with.body());
        co_await acked(bench, first);
        BOOST_TEST(bench.store.find(with.id)->job == with.body());
        const test_job without;
        const auto second = bench.broker.deliver(without.body());
        co_await acked(bench, second);
        BOOST_TEST(bench.store.find(without.id)->job == "");
    });
}

BOOST_AUTO_TEST_CASE(whose_event_is_refused_is_acked_once_the_database_has_the_event_to_tell) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.broker.decide = [](const auto&) { return reply::nack; };
        const test_job job;
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(bench.broker.count("publish otp.events delivery.sent") == 1);
        BOOST_TEST_REQUIRE(bench.store.kept().size() == 1U);
        BOOST_TEST((bench.store.kept().front().request_id == job.id));
        BOOST_TEST(bench.store.kept().front().status == "sent");
        BOOST_TEST(posts(bench) == 1U);
    });
}

BOOST_AUTO_TEST_CASE(is_not_acked_while_its_event_is_neither_confirmed_nor_kept) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.store.failures = {
            {call::keep, store_error::kind::unavailable},
            {call::keep, store_error::kind::unavailable}};
        int refusals = 2;
        bench.broker.decide = [&](const auto&) {
            return refusals-- > 0 ? reply::nack : reply::confirm;
        };
        const test_job job;
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(bench.broker.count("publish otp.events delivery.sent") == 3);
        BOOST_TEST(bench.store.kept().empty());
        BOOST_TEST(bench.broker.heard.back() == "ack " + tag_of(tag));
        BOOST_TEST(posts(bench) == 1U);
    });
}

BOOST_AUTO_TEST_CASE(whose_put_back_finds_no_queue_stops_nobody_else) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bool repaired = false;
        bench.broker.decide = [&](const amqp::outgoing_message& message) {
            const bool lost = message.exchange.starts_with("otp.retry") && !repaired;
            return lost ? reply::return_unroutable : reply::confirm;
        };
        const test_job leased;
        const std::vector<begin_request> jobs{begun_elsewhere(leased)};
        co_await bench.store.begin("another process", jobs);
        const auto stuck = bench.broker.deliver(leased.body());
        co_await bench.eventually([&] { return bench.broker.has_heard("publish otp.retry.8000"); });
        const test_job other;
        const auto tag = bench.broker.deliver(other.body());
        co_await acked(bench, tag);
        BOOST_TEST(!bench.broker.has_heard("ack " + tag_of(stuck)));
        repaired = true;
        co_await acked(bench, stuck);
    });
}

BOOST_AUTO_TEST_CASE(is_never_posted_again_when_its_end_could_not_be_recorded) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.store.failures = {
            {call::finish, store_error::kind::unavailable},
            {call::finish, store_error::kind::busy},
            {call::finish, store_error::kind::unavailable, true}};
        const test_job job;
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(bench.store.failures.empty());
        BOOST_TEST(posts(bench) == 1U);
        BOOST_TEST(bench.store.find(job.id)->status == "sent");
    });
}

BOOST_AUTO_TEST_CASE(is_posted_once_when_the_answer_to_begin_was_lost) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.store.failures = {{call::begin, store_error::kind::unavailable, true}};
        const test_job job;
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(posts(bench) == 1U);
        BOOST_TEST(bench.store.find(job.id)->attempts.size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(leased_by_another_process_waits_on_the_delay_queue_of_its_lease) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const test_job job;
        const std::vector<begin_request> jobs{begun_elsewhere(job)};
        co_await bench.store.begin("another process", jobs);
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(bench.broker.has_heard("publish otp.retry.8000 otp.send"));
        BOOST_TEST(bench.broker.published.front().body == job.body());
        BOOST_TEST(posts(bench) == 0U);
    });
}

BOOST_AUTO_TEST_CASE(with_the_id_of_another_is_kept_on_the_dead_queue) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const test_job first;
        const auto tag = bench.broker.deliver(first.body());
        co_await acked(bench, tag);
        test_job second;
        second.id = first.id;
        const auto conflict = bench.broker.deliver(second.body());
        co_await acked(bench, conflict);
        const auto& dead = bench.broker.published.back();
        BOOST_TEST(dead.exchange == "otp.dead");
        BOOST_TEST(dead.body == second.body());
        const auto reason =
            amqp::find_string(dead.properties.raw_headers, "x-otp-reason").value_or("");
        BOOST_TEST(reason == "request_id_conflict");
        BOOST_TEST(posts(bench) == 1U);
    });
}

BOOST_AUTO_TEST_CASE(whose_lease_is_nearly_over_is_not_written) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.store.lease = 9s;
        const test_job job;
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(posts(bench) == 0U);
        for (const auto& one : bench.store.find(job.id)->attempts) {
            BOOST_TEST(one.state == "not_sent");
            BOOST_TEST(one.error_code == "lease_over");
            BOOST_TEST(!one.counted);
        }
        const auto shown = bench.numbers.render();
        BOOST_TEST(
            (shown.find(R"(class="worker",end="not_sent",error="lease_over")") != std::string::npos)
        );
        BOOST_TEST((shown.find(R"(class="rate")") == std::string::npos));
        BOOST_TEST((shown.find(R"(otp_jobs_put_back_total{why="retry"} 1)") != std::string::npos));
        BOOST_TEST((shown.find(R"(otp_jobs_put_back_total{why="no_room"} 0)") != std::string::npos)
        );
    });
}

BOOST_AUTO_TEST_CASE(whose_code_key_is_unknown_here_goes_back_and_costs_no_attempt) {
    bench_options without_pauses;
    without_pauses.resend_ladder = {0};
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            test_job job;
            auto earlier = begun_elsewhere(job);
            earlier.request_id = new_uuid();
            earlier.code_key_id = "k9";
            const std::vector<begin_request> jobs{earlier};
            co_await bench.store.begin("another process", jobs);
            for (int times = 0; times < 12; ++times) {
                const auto tag = bench.broker.deliver(job.body());
                co_await acked(bench, tag);
            }
            BOOST_TEST(bench.broker.count("publish otp.retry.8000") == 12);
            BOOST_TEST(posts(bench) == 0U);
            BOOST_TEST(bench.store.find(job.id)->status == "sending");
            for (const auto& one : bench.store.find(job.id)->attempts)
                BOOST_TEST(!one.counted);
            for (const auto& line : bench.lines.all())
                BOOST_TEST(!line->entrance.is_open());  // nobody called a provider
        },
        without_pauses
    );
}

BOOST_AUTO_TEST_CASE(leaves_no_code_in_any_message) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.twilio.answer_with(http_answer("429 Too Many Requests", R"({"code":20429})"));
        test_job job;
        job.more = R"(,"code_length":10)";
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        const code_subject subject{"default", job.number, "default"};
        const auto code = derive_code(bench.keys.newest(), job.id, subject, 10);
        BOOST_TEST_REQUIRE(bench.gupshup.size() == 1U);
        BOOST_TEST((bench.gupshup.requests().front().find(code.reveal()) != std::string::npos));
        for (const auto& message : bench.broker.published)
            BOOST_TEST((message.body.find(code.reveal()) == std::string::npos));
    });
}

BOOST_AUTO_TEST_CASE(that_cannot_be_stored_is_kept_on_the_dead_queue_and_harms_no_other) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        barrier gate(bench, call::begin);
        const test_job first;
        const auto tag = bench.broker.deliver(first.body());
        co_await bench.eventually([&] { return gate.waiting == 1; });
        const test_job bad;
        const test_job good;
        const auto bad_tag = bench.broker.deliver(bad.body());
        const auto good_tag = bench.broker.deliver(good.body());
        co_await bench.eventually([&] { return bench.jobs.waiting() == 2; });
        bench.store.unstorable = bad.id;
        gate.closed = false;
        co_await acked(bench, tag);
        co_await acked(bench, bad_tag);
        co_await acked(bench, good_tag);
        BOOST_TEST(bench.store.find(good.id)->status == "sent");
        BOOST_TEST(bench.broker.count("publish otp.dead dead") == 1);
        BOOST_TEST(posts(bench) == 2U);
    });
}

// What no classifier gives: its end goes to where somebody looks, and the worker lives on.
BOOST_AUTO_TEST_CASE(whose_end_cannot_be_stored_is_kept_on_the_dead_queue) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.store.failures = {{call::finish, store_error::kind::data}};
        const test_job bad;
        const auto bad_tag = bench.broker.deliver(bad.body());
        co_await acked(bench, bad_tag);
        BOOST_TEST(bench.broker.count("publish otp.dead dead") == 1);
        const test_job good;
        const auto good_tag = bench.broker.deliver(good.body());
        co_await acked(bench, good_tag);
        BOOST_TEST(bench.store.find(good.id)->status == "sent");
    });
}

BOOST_AUTO_TEST_CASE(whose_send_throws_ends_the_pipeline_and_is_not_acked) {
    bench_options without_pauses;
    without_pauses.resend_ladder = {0};
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const test_job job;
            auto impossible = begun_elsewhere(job);
            impossible.request_id = new_uuid();
            impossible.code_length = 0;
            const std::vector<begin_request> jobs{impossible};
            co_await bench.store.begin("another process", jobs);
            const auto tag = bench.broker.deliver(job.body());
            co_await bench.eventually([&] { return bench.jobs_ended(); });
            BOOST_TEST(bench.jobs_failure != "");
            BOOST_TEST(!bench.broker.has_heard("ack " + tag_of(tag)));
            co_await bench.drain(1ms, 1ms);
        },
        without_pauses
    );
}

BOOST_AUTO_TEST_SUITE_END()
