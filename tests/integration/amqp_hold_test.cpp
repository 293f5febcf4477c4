// A consumer that is held: nothing comes, verdicts still go out, and it comes back to life.

#include <boost/test/unit_test.hpp>

#include "amqp_rig.hpp"

using namespace otp;
using namespace otp::test;

namespace {

asio::awaitable<std::uint32_t> waiting(client& c) {
    const auto counts = co_await amqp::count_queue(c.out, "q", soon());
    if (!counts)
        throw std::runtime_error(counts.error().what());
    co_return counts->messages;
}

asio::awaitable<void> await_waiting(client& c, std::uint32_t wanted) {
    for (const deadline end = soon();;) {
        const auto now = co_await waiting(c);
        if (now == wanted)
            co_return;
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error(std::to_string(now) + " messages wait");
        co_await sleep_for(5ms);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_held_consumer)

BOOST_AUTO_TEST_CASE(gives_back_what_was_not_handed_over_and_settles_the_rest) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        client c(co_await asio::this_coro::executor, vhost, consuming("q"));
        co_await c.start();
        co_await c.publisher.publish(numbered("q", 10), soon());
        const auto got = co_await c.receive(4);
        const amqp::error failed = co_await c.consumer.hold();
        BOOST_TEST(failed.what() == "");
        BOOST_TEST(!c.consumer.active());
        BOOST_TEST(c.consumer.held());
        co_await await_waiting(c, 6);
        for (const auto& one : got)
            c.consumer.ack(one.tag, one.epoch);
        c.consumer.flush();
        co_await c.consumer.resume();
        BOOST_TEST(c.consumer.active());
        const auto rest = co_await c.receive(6);
        for (const auto& one : rest)
            c.consumer.ack(one.tag, one.epoch);
        c.consumer.flush();
        BOOST_TEST(c.consumer.outstanding() == 0U);
        co_await c.stop();
    });
}

BOOST_AUTO_TEST_CASE(is_not_subscribed_on_a_new_connection_until_it_is_resumed) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        client c(co_await asio::this_coro::executor, vhost, consuming("q"));
        co_await c.start();
        co_await c.consumer.hold();
        c.in.drop(amqp::error(amqp::errc::lost, "by the test"));
        const auto gone = [&] { return !c.in.up(); };
        co_await eventually("lost", gone);
        const auto back = [&] { return c.in.up(); };
        co_await eventually("connected again", back);
        co_await c.publisher.publish(numbered("q", 3), soon());
        co_await sleep_for(300ms);  // nothing is awaited: nothing must come
        BOOST_TEST(!c.consumer.active());
        co_await await_waiting(c, 3);
        co_await c.consumer.resume();
        const auto got = co_await c.receive(3);
        BOOST_TEST(got.size() == 3U);
        co_await c.stop();
    });
}

BOOST_AUTO_TEST_CASE(may_be_held_before_it_has_subscribed_and_drained_while_it_is_held) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        client c(co_await asio::this_coro::executor, vhost, consuming("q"));
        co_await c.consumer.hold();
        c.tasks.spawn([&c] { return c.in.run(); });
        c.tasks.spawn([&c] { return c.out.run(); });
        c.tasks.spawn([&c] { return c.consumer.run(); });
        c.tasks.spawn([&c] { return c.publisher.run(); });
        const auto up = [&] { return c.in.up() && c.publisher.ready(); };
        co_await eventually("connected", up);
        co_await sleep_for(100ms);  // nothing is awaited: it must not subscribe
        BOOST_TEST(!c.consumer.active());
        co_await c.consumer.cancel();
        const auto none = co_await c.consumer.receive(1);
        BOOST_TEST(none.empty());
        co_await c.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()
