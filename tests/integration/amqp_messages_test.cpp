// Publishing, consuming and settling against a real broker.
#include "tests/integration/amqp_rig.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace otp;
using namespace otp::test;
using amqp::publish_result;

BOOST_TEST_DONT_PRINT_LOG_VALUE(amqp::publish_result)

namespace {

// Runs `work(client&)` with a client that consumes queue "q" in a virtual host of its own.
template <class Work>
void with_client(Work work, std::uint16_t prefetch = 256) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        client c(co_await asio::this_coro::executor, vhost, consuming("q", prefetch));
        co_await c.start();
        co_await work(c);
        co_await c.stop();
    });
}

std::vector<std::string> bodies(const std::vector<amqp::delivery>& all) {
    std::vector<std::string> texts;
    for (const amqp::delivery& d : all)
        texts.push_back(d.body);
    return texts;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(messages)

BOOST_AUTO_TEST_CASE(that_were_confirmed_are_delivered_once_in_order_and_acked) {
    with_client(
        [](client& c) -> asio::awaitable<void> {
            const auto results = co_await c.publisher.publish(numbered("q", 1000), soon());
            BOOST_TEST(
                std::count(results.begin(), results.end(), publish_result::confirmed) == 1000
            );
            const auto all = co_await c.receive(1000 - 256);
            for (std::size_t i = 0; i < all.size(); ++i) {
                BOOST_REQUIRE_EQUAL(all[i].body, std::to_string(i));
                BOOST_REQUIRE(!all[i].redelivered);
                c.consumer.ack(all[i].tag, all[i].epoch);
                c.consumer.flush();
            }
            co_return;
        },
        1000
    );
}

BOOST_AUTO_TEST_CASE(carry_their_properties_and_headers_there_and_on) {
    with_client([](client& c) -> asio::awaitable<void> {
        amqp::outgoing_message first = to_queue("q", "body");
        first.properties.content_type = "application/json";
        first.properties.type = "send-otp";
        first.properties.message_id = "id";
        first.properties.timestamp = 1700000000;
        first.properties.headers.emplace_back("traceparent", std::string("00-abc-01"));
        first.properties.headers.emplace_back("n", std::int64_t{-5});
        const auto sent = co_await c.publisher.publish(std::move(first), soon());
        BOOST_TEST(sent == publish_result::confirmed);
        auto got = co_await c.receive(1);
        const amqp::message_properties p = got[0].properties;
        BOOST_TEST(p.content_type == "application/json");
        BOOST_TEST(p.type == "send-otp");
        BOOST_TEST(p.message_id == "id");
        BOOST_TEST(p.delivery_mode == 2);
        BOOST_TEST(p.timestamp.value() == 1700000000U);
        BOOST_TEST(amqp::find_string(p.raw_headers, "traceparent").value() == "00-abc-01");
        BOOST_TEST(amqp::find_integer(p.raw_headers, "n").value() == -5);

        amqp::outgoing_message again = to_queue("q", got[0].body);
        again.properties = p;
        again.properties.headers.emplace_back("x-otp-reason", std::string("why"));
        co_await c.publisher.publish(std::move(again), soon());
        got = co_await c.receive(1);
        BOOST_TEST(got[0].properties.raw_headers.starts_with(p.raw_headers));
        BOOST_TEST(
            amqp::find_string(got[0].properties.raw_headers, "x-otp-reason").value() == "why"
        );
    });
}

BOOST_AUTO_TEST_CASE(of_any_size_keep_the_stream_in_step_and_64_kib_of_their_body) {
    with_client([](client& c) -> asio::awaitable<void> {
        std::vector<amqp::outgoing_message> three;
        three.push_back(to_queue("q", std::string(3'000'000, 'b')));
        three.push_back(to_queue("q", ""));
        three.push_back(to_queue("q", std::string(64 * 1024, 'c')));
        co_await c.publisher.publish(std::move(three), soon());
        const auto got = co_await c.receive(3);
        BOOST_TEST(got[0].truncated);
        BOOST_TEST(got[0].body_size == 3'000'000U);
        BOOST_TEST((got[0].body == std::string(64 * 1024, 'b')));
        BOOST_TEST((got[1].body.empty() && !got[1].truncated));
        BOOST_TEST((got[2].body.size() == 64 * 1024 && !got[2].truncated));
    });
}

BOOST_AUTO_TEST_CASE(no_queue_takes_are_unroutable_where_that_matters) {
    with_client([](client& c) -> asio::awaitable<void> {
        std::vector<amqp::outgoing_message> three = numbered("no-such-queue", 2);
        three[1].mandatory = false;
        three.push_back(to_queue("q", "x"));
        const auto results = co_await c.publisher.publish(std::move(three), soon());
        BOOST_TEST(results[0] == publish_result::unroutable);
        BOOST_TEST(results[1] == publish_result::confirmed);
        BOOST_TEST(results[2] == publish_result::confirmed);
    });
}

BOOST_AUTO_TEST_CASE(for_an_exchange_that_does_not_exist_cost_the_publisher_its_channel_only) {
    with_client([](client& c) -> asio::awaitable<void> {
        amqp::outgoing_message lost = to_queue("k", "x");
        lost.exchange = "no-such-exchange";
        const auto result = co_await c.publisher.publish(std::move(lost), soon());
        BOOST_TEST(result == publish_result::unknown);
        BOOST_TEST(c.consumer.active());
        const auto next = co_await c.publisher.publish(to_queue("q", "x"), soon());
        BOOST_TEST(next == publish_result::confirmed);
    });
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_are_nacked) {
    with_client([](client& c) -> asio::awaitable<void> {
        amqp::table small{
            {"x-max-length", std::int64_t{3}},
            {"x-overflow", std::string("reject-publish")}};
        const auto made =
            co_await amqp::declare(c.out, queue_only("small", std::move(small)), soon());
        BOOST_REQUIRE(made.has_value());
        const auto results = co_await c.publisher.publish(numbered("small", 10), soon());
        BOOST_TEST(results.front() == publish_result::confirmed);
        BOOST_TEST(results.back() == publish_result::nacked);
    });
}

BOOST_AUTO_TEST_CASE(whose_deadline_has_passed_are_not_sent) {
    with_client([](client& c) -> asio::awaitable<void> {
        const auto late = co_await c.publisher.publish(
            to_queue("q", "late"),
            std::chrono::steady_clock::now() - 1ms
        );
        BOOST_TEST(late == publish_result::not_sent);
        co_await c.publisher.publish(to_queue("q", "in time"), soon());
        const auto got = co_await c.receive(1);
        BOOST_TEST(got[0].body == "in time");
    });
}

BOOST_AUTO_TEST_CASE(that_were_confirmed_arrive_where_others_were_cut_by_their_deadline) {
    with_client([](client& c) -> asio::awaitable<void> {
        std::vector<std::string> confirmed;
        int cut = 0;
        for (int i = 0; i < 200; ++i) {
            const deadline at = std::chrono::steady_clock::now() + i * 20us;
            const auto result = co_await c.publisher.publish(to_queue("q", std::to_string(i)), at);
            if (result == publish_result::confirmed)
                confirmed.push_back(std::to_string(i));
            else
                ++cut;
        }
        BOOST_TEST(cut > 0);
        co_await c.publisher.publish(to_queue("q", "last"), soon());
        std::vector<std::string> arrived;
        while (arrived.empty() || arrived.back() != "last") {
            const auto got = co_await c.receive(1);
            arrived.push_back(got[0].body);
            c.consumer.ack(got[0].tag, got[0].epoch);
            c.consumer.flush();
        }
        for (const std::string& body : confirmed)
            BOOST_TEST(std::count(arrived.begin(), arrived.end(), body) == 1);
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(settling)

BOOST_AUTO_TEST_CASE(out_of_order_tells_the_broker_the_right_thing_about_each) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        {
            client c(executor, vhost, consuming("q"));
            co_await c.start();
            co_await c.publisher.publish(numbered("q", 12), soon());
            const auto got = co_await c.receive(12);
            const auto ack = [&](std::size_t i) { c.consumer.ack(got[i].tag, got[i].epoch); };
            for (const std::size_t i : {9U, 3U, 1U, 0U})
                ack(i);
            c.consumer.flush();
            for (const std::size_t i : {2U, 4U, 5U, 7U, 8U})
                ack(i);
            c.consumer.requeue(got[6].tag, got[6].epoch);
            c.consumer.flush();
            const auto again = co_await c.receive(1);
            BOOST_TEST(again[0].body == "6");
            BOOST_TEST(again[0].redelivered);
            BOOST_TEST(
                amqp::find_integer(again[0].properties.raw_headers, "x-delivery-count").value() == 1
            );
            c.consumer.ack(again[0].tag, again[0].epoch);
            c.consumer.flush();
            BOOST_TEST(c.consumer.outstanding() == 2U);
            BOOST_TEST(c.consumer.active());
            co_await c.stop();
        }
        // Nothing but the two that were left is there for the next.
        client next(executor, vhost, consuming("q"));
        co_await next.start();
        co_await next.publisher.publish(to_queue("q", "end"), soon());
        std::vector<std::string> left = bodies(co_await next.receive(3));
        std::sort(left.begin(), left.end());
        BOOST_TEST(
            left == (std::vector<std::string>{"10", "11", "end"}),
            boost::test_tools::per_element()
        );
        co_await next.stop();
    });
}

BOOST_AUTO_TEST_CASE(what_came_by_an_earlier_subscription_or_never_is_dropped) {
    with_client([](client& c) -> asio::awaitable<void> {
        c.consumer.ack(999, 1);
        c.consumer.flush();
        co_await c.publisher.publish(to_queue("q", "x"), soon());
        const auto before = co_await c.receive(1);
        c.in.drop(amqp::error(amqp::errc::lost, "cut by the test"));
        const auto lost = [&] { return !c.consumer.active(); };
        co_await eventually("lost", lost);
        const auto back = [&] { return c.consumer.active(); };
        co_await eventually("subscribed again", back);
        const auto after = co_await c.receive(1);
        BOOST_TEST(after[0].redelivered);
        BOOST_TEST(after[0].epoch != before[0].epoch);
        c.consumer.ack(before[0].tag, before[0].epoch);
        c.consumer.flush();
        BOOST_TEST(c.consumer.outstanding() == 1U);
        BOOST_TEST(c.consumer.active());
    });
}

BOOST_AUTO_TEST_CASE(still_works_in_a_drain_which_gives_back_what_was_not_handed_over) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        {
            client c(executor, vhost, consuming("q"));
            co_await c.start();
            co_await c.publisher.publish(numbered("q", 5), soon());
            const auto taken = co_await c.receive(1);
            const auto prefetched = [&] { return c.consumer.outstanding() == 5; };
            co_await eventually("all prefetched", prefetched);
            const amqp::error failed = co_await c.consumer.cancel();
            BOOST_TEST(failed.what() == "");
            BOOST_TEST(!c.consumer.active());
            BOOST_TEST(c.consumer.outstanding() == 1U);
            const auto none = co_await c.consumer.receive(10);
            BOOST_TEST(none.empty());
            c.consumer.ack(taken[0].tag, taken[0].epoch);
            c.consumer.flush();
            BOOST_TEST(c.consumer.outstanding() == 0U);
            co_await c.stop();
        }
        client next(executor, vhost, consuming("q"));
        co_await next.start();
        std::vector<std::string> left = bodies(co_await next.receive(4));
        std::sort(left.begin(), left.end());
        BOOST_TEST(
            left == (std::vector<std::string>{"1", "2", "3", "4"}),
            boost::test_tools::per_element()
        );
        co_await next.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()
