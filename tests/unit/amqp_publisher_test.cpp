// A publisher and a broker that breaks its rules.
#include "common/amqp/publisher.hpp"
#include "tests/unit/amqp_stage.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>

using namespace otp;
using namespace otp::test;
using amqp::publish_result;

BOOST_TEST_DONT_PRINT_LOG_VALUE(amqp::publish_result)

namespace {

// Runs `play(stage&, publisher&)` with a channel that is ready.
template <class Play>
void with_publisher(Play play, std::size_t window = 256) {
    with_stage([&](stage& s) -> asio::awaitable<void> {
        amqp::publisher publisher(s.connection, window);
        s.tasks.spawn([&] { return publisher.run(); });
        co_await s.broker.accept_and_greet();
        co_await s.broker.open_confirming_channel();
        const auto ready = [&] { return publisher.ready(); };
        co_await eventually(ready);
        co_await play(s, publisher);
        co_await s.end();
    });
}

std::vector<amqp::outgoing_message> messages(std::size_t count) {
    std::vector<amqp::outgoing_message> made(count);
    for (amqp::outgoing_message& m : made)
        m.routing_key = "q";
    return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_publisher_with_a_faulty_broker)

BOOST_AUTO_TEST_CASE(calls_what_was_sent_and_lost_unknown_and_knows_what_its_window_held_back) {
    with_publisher(
        [](stage& s, amqp::publisher& publisher) -> asio::awaitable<void> {
            std::vector<publish_result> results;
            s.tasks.spawn([&]() -> asio::awaitable<void> {
                results = co_await publisher.publish(messages(4), in(100ms));
            });
            co_await s.broker.expect(method_id::basic_publish);
            co_await s.broker.expect(method_id::basic_publish);
            co_await s.broker.expect(method_id::basic_publish);
            s.broker.cut();
            const auto settled = [&] { return !results.empty(); };
            co_await eventually(settled);
            BOOST_TEST(results[0] == publish_result::unknown);
            BOOST_TEST(results[2] == publish_result::unknown);
            BOOST_TEST(results[3] == publish_result::not_sent);
        },
        3
    );
}

BOOST_AUTO_TEST_CASE(calls_a_message_unknown_whose_confirm_comes_too_late) {
    with_publisher([](stage& s, amqp::publisher& publisher) -> asio::awaitable<void> {
        const auto late = co_await publisher.publish(messages(1), in(5ms));
        BOOST_TEST(late[0] == publish_result::unknown);
        co_await s.broker.say(says::settled(1, method_id::basic_ack, 1, false));
        // The late word is not taken for the next message's.
        std::vector<publish_result> next;
        s.tasks.spawn([&]() -> asio::awaitable<void> {
            next = co_await publisher.publish(messages(1), in(20s));
        });
        co_await s.broker.expect(method_id::basic_publish);
        co_await s.broker.expect(method_id::basic_publish);
        co_await s.broker.say(says::settled(1, method_id::basic_nack, 2, false));
        const auto settled = [&] { return !next.empty(); };
        co_await eventually(settled);
        BOOST_TEST(next[0] == publish_result::nacked);
    });
}

BOOST_AUTO_TEST_CASE(gives_up_a_message_without_a_confirm_before_it_holds_up_the_others) {
    with_publisher(
        [](stage& s, amqp::publisher& publisher) -> asio::awaitable<void> {
            std::vector<publish_result> first;
            std::vector<publish_result> others;
            s.tasks.spawn([&]() -> asio::awaitable<void> {
                first = co_await publisher.publish(messages(1), in(20s));
            });
            co_await s.broker.expect(method_id::basic_publish);
            s.tasks.spawn([&]() -> asio::awaitable<void> {
                others = co_await publisher.publish(messages(31), in(20s));
            });
            for (std::uint64_t tag = 2; tag <= 31; ++tag) {
                co_await s.broker.expect(method_id::basic_publish);
                co_await s.broker.say(says::settled(1, method_id::basic_ack, tag, false));
            }
            const auto settled = [&] { return !first.empty() && !others.empty(); };
            co_await eventually(settled);
            BOOST_TEST(first[0] == publish_result::unknown);
            BOOST_TEST(others.back() == publish_result::unknown);
            others.pop_back();
            for (const auto result : others)
                BOOST_TEST(result == publish_result::confirmed);
            co_await s.broker.expect(method_id::basic_publish);  // the last
            co_await s.broker.expect(method_id::channel_close);
        },
        2
    );
}

BOOST_AUTO_TEST_CASE(sends_nothing_while_the_broker_blocks_and_goes_on_after) {
    with_publisher([](stage& s, amqp::publisher& publisher) -> asio::awaitable<void> {
        std::string reason;
        amqp::wire::put_short_string(reason, "low on memory");
        co_await s.broker.say(says::method(0, method_id::connection_blocked, reason));
        const auto blocked = [&] { return s.connection.blocked(); };
        co_await eventually(blocked);
        BOOST_TEST(!publisher.ready());
        BOOST_TEST(s.words.back() == "low on memory");
        const auto held = co_await publisher.publish(messages(1), in(5ms));
        BOOST_TEST(held[0] == publish_result::not_sent);
        std::vector<publish_result> results;
        s.tasks.spawn([&]() -> asio::awaitable<void> {
            results = co_await publisher.publish(messages(1), in(20s));
        });
        co_await s.broker.say(says::method(0, method_id::connection_unblocked));
        co_await s.broker.expect(method_id::basic_publish);
        // Number 1: the message that was held was never sent.
        co_await s.broker.say(says::settled(1, method_id::basic_ack, 1, false));
        const auto settled = [&] { return !results.empty(); };
        co_await eventually(settled);
        BOOST_TEST(results[0] == publish_result::confirmed);
    });
}

BOOST_AUTO_TEST_CASE(is_confirmed_only_by_a_broker_that_answers_and_takes_messages) {
    with_publisher([](stage& s, amqp::publisher& publisher) -> asio::awaitable<void> {
        // As where the network swallows everything: heartbeats are not missed yet.
        const bool silent = co_await publisher.confirm_ready(in(5ms));
        co_await s.broker.expect(method_id::basic_qos);
        BOOST_TEST(!silent);
        BOOST_TEST(publisher.ready());

        std::optional<bool> answer;
        s.tasks.spawn([&]() -> asio::awaitable<void> {
            answer = co_await publisher.confirm_ready(in(20s));
        });
        const std::uint16_t channel = co_await s.broker.expect(method_id::basic_qos);
        co_await s.broker.say(
            says::channel_open_ok(channel) + says::method(channel, method_id::basic_qos_ok)
        );
        const auto answered = [&] { return answer.has_value(); };
        co_await eventually(answered);
        BOOST_TEST(*answer);

        std::string reason;
        amqp::wire::put_short_string(reason, "low on memory");
        co_await s.broker.say(says::method(0, method_id::connection_blocked, reason));
        const auto blocked = [&] { return s.connection.blocked(); };
        co_await eventually(blocked);
        const bool held = co_await publisher.confirm_ready(in(20s));
        BOOST_TEST(!held);
    });
}

BOOST_AUTO_TEST_CASE(has_no_more_under_way_than_its_window) {
    with_publisher(
        [](stage& s, amqp::publisher& publisher) -> asio::awaitable<void> {
            std::vector<publish_result> results;
            s.tasks.spawn([&]() -> asio::awaitable<void> {
                results = co_await publisher.publish(messages(5), in(20s));
            });
            for (std::uint64_t tag = 2; tag <= 4; tag += 2) {
                co_await s.broker.expect(method_id::basic_publish);
                co_await s.broker.expect(method_id::basic_publish);
                co_await s.broker.say(says::settled(1, method_id::basic_ack, tag, true));
            }
            co_await s.broker.expect(method_id::basic_publish);
            co_await s.broker.say(says::settled(1, method_id::basic_ack, 5, true));
            const auto settled = [&] { return !results.empty(); };
            co_await eventually(settled);
            for (const publish_result r : results)
                BOOST_TEST(r == publish_result::confirmed);
        },
        2
    );
}

BOOST_AUTO_TEST_CASE(sends_what_waited_for_the_connection_once_it_is_there) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        amqp::publisher publisher(s.connection);
        std::vector<publish_result> results;
        s.tasks.spawn([&] { return publisher.run(); });
        s.tasks.spawn([&]() -> asio::awaitable<void> {
            results = co_await publisher.publish(messages(1), in(20s));
        });
        co_await s.broker.accept_and_greet();
        co_await s.broker.open_confirming_channel();
        co_await s.broker.expect(method_id::basic_publish);
        co_await s.broker.say(says::settled(1, method_id::basic_ack, 1, false));
        const auto settled = [&] { return !results.empty(); };
        co_await eventually(settled);
        BOOST_TEST(results[0] == publish_result::confirmed);
        co_await s.end();
    });
}

BOOST_AUTO_TEST_CASE(refuses_names_that_do_not_fit_before_anything_is_sent) {
    with_publisher([](stage&, amqp::publisher& publisher) -> asio::awaitable<void> {
        auto wrong = messages(1);
        wrong[0].properties.message_id = std::string(256, 'x');
        bool thrown = false;
        try {
            co_await publisher.publish(std::move(wrong), in(20s));
        } catch (const std::length_error&) {
            thrown = true;
        }
        BOOST_TEST(thrown);
        BOOST_TEST(publisher.ready());
    });
}

BOOST_AUTO_TEST_SUITE_END()
