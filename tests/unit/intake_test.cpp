#include "common/core/rfc3339.hpp"
#include "tests/support/pipeline_bench.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;
using call = memory_delivery_store::call;

namespace {

std::string reason_of(const amqp::outgoing_message& message) {
    return std::string(
        amqp::find_string(message.properties.raw_headers, "x-otp-reason").value_or("")
    );
}

asio::awaitable<void> acked(pipeline_bench& bench, std::uint64_t tag) {
    const std::string words = "ack " + std::to_string(tag);
    co_await bench.eventually([&] { return bench.broker.has_heard(words); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_message_that_is_no_job)

BOOST_AUTO_TEST_CASE(is_acked_once_it_is_kept_on_the_dead_queue) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const auto tag = bench.broker.deliver("hello");
        co_await acked(bench, tag);
        BOOST_TEST_REQUIRE(bench.broker.heard.size() == 2U);
        BOOST_TEST(bench.broker.heard.front() == "publish otp.dead dead");
        BOOST_TEST(bench.broker.published.front().body == "hello");
        BOOST_TEST(reason_of(bench.broker.published.front()) == "not_json");
    });
}

BOOST_AUTO_TEST_CASE(is_recorded_where_its_id_can_be_read) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        test_job job;
        job.more = R"(,"too":"much")";
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(reason_of(bench.broker.published.front()) == "unknown_field");
        const auto* row = bench.store.find(job.id);
        BOOST_TEST_REQUIRE(row != nullptr);
        BOOST_TEST(row->status == "rejected");
        BOOST_TEST(row->reason == "unknown_field");
    });
}

BOOST_AUTO_TEST_CASE(names_a_template_that_is_not_there) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        test_job job;
        job.more = R"(,"template":"nowhere")";
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(reason_of(bench.broker.published.front()) == "unknown_template");
        BOOST_TEST(bench.twilio.size() == 0U);
    });
}

BOOST_AUTO_TEST_CASE(of_a_template_that_is_gone_is_not_buried_where_it_was_begun) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        test_job job;
        const auto sent = bench.broker.deliver(job.body());
        co_await acked(bench, sent);
        job.more = R"(,"template":"nowhere")";
        const auto again = bench.broker.deliver(job.body());
        co_await acked(bench, again);
        BOOST_TEST(bench.broker.count("publish otp.dead dead") == 0);
        BOOST_TEST(bench.broker.count("publish otp.events delivery.sent") == 2);
        BOOST_TEST(bench.store.find(job.id)->status == "sent");
        BOOST_TEST(bench.twilio.size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(is_kept_although_its_record_cannot_be_stored) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.store.failures = {
            {call::reject, store_error::kind::unavailable},
            {call::reject, store_error::kind::data}};
        test_job job;
        job.more = R"(,"too":"much")";
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(bench.store.failures.empty());
        BOOST_TEST(bench.broker.count("publish otp.dead dead") == 1);
    });
}

BOOST_AUTO_TEST_CASE(does_not_hold_up_the_next_job) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        bench.broker.deliver("hello");
        const test_job job;
        const auto tag = bench.broker.deliver(job.body());
        co_await acked(bench, tag);
        BOOST_TEST(bench.store.find(job.id)->status == "sent");
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_job_with_a_trace)

BOOST_AUTO_TEST_CASE(hands_it_on_to_its_event) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        amqp::message_properties properties;
        properties.headers.emplace_back("traceparent", trace);
        const test_job job;
        const auto tag = bench.broker.deliver(job.body(), properties);
        co_await acked(bench, tag);
        const auto& event = bench.broker.published.front();
        BOOST_TEST(event.exchange == "otp.events");
        BOOST_TEST(
            amqp::find_string(event.properties.raw_headers, "traceparent").value_or("") == trace
        );
    });
}

BOOST_AUTO_TEST_CASE(is_sent_without_it_where_it_is_none) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        amqp::message_properties properties;
        // With it the header of the event would not fit into a frame, which costs the connection.
        properties.headers.emplace_back("traceparent", std::string(131'000, '0'));
        const test_job job;
        const auto tag = bench.broker.deliver(job.body(), properties);
        co_await acked(bench, tag);
        const auto& headers = bench.broker.published.front().properties.raw_headers;
        BOOST_TEST(!amqp::find_string(headers, "traceparent").has_value());
    });
}

BOOST_AUTO_TEST_CASE(of_a_channel_without_a_provider_is_rejected_with_an_event) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const auto id = new_uuid();
        const auto tag = bench.broker.deliver(
            R"({"request_id":")" + to_string(id) +
            R"(","to":"+14155550100","channel":"voice","locale":"en"})"
        );
        co_await acked(bench, tag);
        BOOST_TEST(bench.broker.heard.front() == "publish otp.events delivery.rejected");
        BOOST_TEST(bench.store.find(id)->reason == "no_provider_for_channel");
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(on_a_queue_that_is_pinned_to_a_tenant)

namespace {

const bench_options pinned = [] {
    bench_options options;
    options.queue_tenant = "acme";
    return options;
}();

}  // namespace

BOOST_AUTO_TEST_CASE(its_jobs_are_sent) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            test_job job;
            job.more = R"(,"tenant":"acme")";
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);
            BOOST_TEST(bench.store.find(job.id)->status == "sent");
        },
        pinned
    );
}

BOOST_AUTO_TEST_CASE(those_of_others_are_kept_on_the_dead_queue_and_leave_nothing_with_the_others) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const std::vector<std::string> tenants{R"(,"tenant":"shop")", ""};
            for (const auto& tenant : tenants) {
                test_job job;
                job.more = tenant;
                const auto tag = bench.broker.deliver(job.body());
                co_await acked(bench, tag);
                BOOST_TEST(bench.broker.published.back().body == job.body());
                BOOST_TEST(reason_of(bench.broker.published.back()) == "wrong_tenant");
                BOOST_TEST(bench.store.find(job.id)->reason == "wrong_tenant");
                BOOST_TEST(bench.store.find(job.id)->tenant == "acme");
            }
            BOOST_TEST(bench.twilio.size() == 0U);
        },
        pinned
    );
}

BOOST_AUTO_TEST_CASE(what_cannot_be_understood_leaves_nothing_with_others_either) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            test_job job;
            job.more = R"(,"tenant":"shop","bogus":1)";
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);
            BOOST_TEST(bench.store.find(job.id)->reason == "unknown_field");
            BOOST_TEST(bench.store.find(job.id)->tenant == "acme");
        },
        pinned
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(with_a_wall_clock_that_is_an_hour_behind_the_databases)

namespace {

std::string asked_at(std::chrono::system_clock::time_point when) {
    return R"(,"requested_at":")" + format_rfc3339(when) + "\"";
}

const bench_options an_hour_behind = [] {
    bench_options options;
    options.store_ahead = 1h;
    return options;
}();

}  // namespace

BOOST_AUTO_TEST_CASE(a_job_of_this_moment_is_sent) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            test_job job;
            job.more = asked_at(std::chrono::system_clock::now() + 1h);
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);
            BOOST_TEST(bench.twilio.size() == 1U);
        },
        an_hour_behind
    );
}

BOOST_AUTO_TEST_CASE(a_job_from_the_databases_future_is_refused) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            test_job job;
            job.more = asked_at(std::chrono::system_clock::now() + 1h + 70s);
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);
            BOOST_TEST(reason_of(bench.broker.published.front()) == "requested_in_future");
        },
        an_hour_behind
    );
}

BOOST_AUTO_TEST_SUITE_END()
