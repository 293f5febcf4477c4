// A consumer and a broker that breaks its rules.
#include "common/amqp/consumer.hpp"
#include "tests/unit/amqp_stage.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

using namespace otp;
using namespace otp::test;

namespace {

amqp::consumer_options consuming_q() {
    amqp::consumer_options options;
    options.queue = "q";
    options.first_pause = 1ms;
    return options;
}

std::string consume_ok(std::uint16_t channel = 1) {
    return says::method(channel, method_id::basic_consume_ok, std::string("\x03otp"));
}

std::string cancel_ok() {
    return says::method(1, method_id::basic_cancel_ok, std::string("\x03otp"));
}

// The answers to a subscription.
std::string subscribed(std::uint16_t channel = 1) {
    return says::channel_open_ok(channel) + says::method(channel, method_id::basic_qos_ok) +
           consume_ok(channel);
}

std::string declared(std::uint16_t channel, std::uint32_t consumers) {
    std::string counts("\x01q");
    amqp::wire::put_u32(counts, 0);
    amqp::wire::put_u32(counts, consumers);
    return says::method(channel, method_id::queue_declare_ok, counts);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_consumer_with_a_faulty_broker)

BOOST_AUTO_TEST_CASE(takes_deliveries_that_come_with_the_answer_and_gives_up_on_tags_with_gaps) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        std::string told;
        amqp::consumer consumer(s.connection, consuming_q());
        consumer.on_state = [&](bool, const std::string& reason) { told = reason; };
        s.tasks.spawn([&] { return consumer.run(); });
        co_await s.broker.accept_and_greet();
        co_await s.broker.expect(method_id::basic_consume);
        co_await s.broker.say(subscribed() + says::message(1, 1, "first"));
        const auto got = co_await consumer.receive(10);
        BOOST_REQUIRE(got.size() == 1U);
        BOOST_TEST(got[0].body == "first");
        const auto active = [&] { return consumer.active(); };
        co_await eventually(active);
        co_await s.broker.say(says::message(1, 5, "gap"));
        co_await s.broker.expect(method_id::channel_close);
        BOOST_TEST(!consumer.active());
        BOOST_TEST(told == "protocol error: delivery tag 5 out of order");
        co_await s.end();
    });
}

BOOST_AUTO_TEST_CASE(is_confirmed_only_by_a_broker_that_answers_and_knows_of_it) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        amqp::consumer consumer(s.connection, consuming_q());
        const auto before = co_await consumer.confirm_active(in(20s));
        BOOST_TEST(before.what() == "connection lost: not subscribed");
        s.tasks.spawn([&] { return consumer.run(); });
        co_await s.broker.accept_and_greet();
        co_await s.broker.expect(method_id::basic_consume);
        co_await s.broker.say(subscribed());
        const auto active = [&] { return consumer.active(); };
        co_await eventually(active);

        // As where the network swallows everything: heartbeats are not missed yet.
        const auto silent = co_await consumer.confirm_active(in(5ms));
        co_await s.broker.expect(method_id::queue_declare);
        BOOST_TEST(silent.what() == "timeout: no answer from the broker");
        BOOST_TEST(consumer.active());

        for (const std::uint32_t consumers : {0U, 2U}) {
            std::optional<amqp::error> answer;
            s.tasks.spawn([&]() -> asio::awaitable<void> {
                answer = co_await consumer.confirm_active(in(20s));
            });
            const std::uint16_t channel = co_await s.broker.expect(method_id::queue_declare);
            co_await s.broker.say(says::channel_open_ok(channel) + declared(channel, consumers));
            const auto answered = [&] { return answer.has_value(); };
            co_await eventually(answered);
            const char* wanted = consumers == 0 ? "connection lost: queue 'q' has no consumer" : "";
            BOOST_TEST(answer->what() == wanted);
        }
        co_await s.end();
    });
}

BOOST_AUTO_TEST_CASE(does_not_subscribe_where_it_was_held_while_the_broker_was_away) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        amqp::consumer consumer(s.connection, consuming_q());
        s.tasks.spawn([&] { return consumer.run(); });
        co_await sleep_for(1ms);  // it waits for the broker
        co_await consumer.hold();
        co_await s.broker.accept_and_greet();
        const auto up = [&] { return s.connection.up(); };
        co_await eventually(up);
        co_await sleep_for(1ms);
        s.tasks.spawn([&]() -> asio::awaitable<void> {
            co_await amqp::count_queue(s.connection, "q", in(20s));
        });
        const std::uint16_t other = co_await s.broker.expect(method_id::queue_declare);
        BOOST_TEST(std::ranges::count(s.broker.heard, method_id::basic_consume) == 0);
        co_await s.broker.say(says::channel_open_ok(other) + declared(other, 0));
        co_await consumer.resume();
        const std::uint16_t channel = co_await s.broker.expect(method_id::basic_consume);
        co_await s.broker.say(subscribed(channel) + says::message(channel, 1, "first"));
        const auto got = co_await consumer.receive(10);
        BOOST_TEST(got.size() == 1U);
        co_await s.end();
    });
}

BOOST_AUTO_TEST_CASE(hands_over_nothing_of_a_subscription_that_was_under_way_when_it_was_held) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        amqp::consumer consumer(s.connection, consuming_q());
        std::vector<amqp::delivery> got;
        s.tasks.spawn([&] { return consumer.run(); });
        s.tasks.spawn([&]() -> asio::awaitable<void> { got = co_await consumer.receive(10); });
        co_await s.broker.accept_and_greet();
        co_await s.broker.expect(method_id::basic_consume);
        co_await consumer.hold();
        co_await s.broker.say(subscribed() + says::message(1, 1, "first"));
        co_await s.broker.expect(method_id::basic_cancel);
        co_await s.broker.say(says::message(1, 2, "second") + cancel_ok());
        co_await s.broker.expect(method_id::basic_nack);
        co_await s.broker.expect(method_id::basic_nack);
        BOOST_TEST(got.empty());
        BOOST_TEST(consumer.outstanding() == 0U);

        s.tasks.spawn([&] { return consumer.resume(); });
        co_await s.broker.expect(method_id::basic_consume);
        co_await s.broker.say(consume_ok() + says::message(1, 3, "third"));
        const auto has_got = [&] { return !got.empty(); };
        co_await eventually(has_got);
        BOOST_TEST(got[0].body == "third");
        co_await s.end();
    });
}

BOOST_AUTO_TEST_CASE(hands_over_what_is_there_when_it_is_resumed) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        amqp::consumer consumer(s.connection, consuming_q());
        std::vector<amqp::delivery> got;
        s.tasks.spawn([&] { return consumer.run(); });
        s.tasks.spawn([&]() -> asio::awaitable<void> { got = co_await consumer.receive(10); });
        co_await s.broker.accept_and_greet();
        co_await s.broker.expect(method_id::basic_consume);
        co_await consumer.hold();
        co_await s.broker.say(subscribed() + says::message(1, 1, "first"));
        co_await s.broker.expect(method_id::basic_cancel);
        BOOST_TEST(got.empty());

        s.tasks.spawn([&] { return consumer.resume(); });
        const auto has_got = [&] { return !got.empty(); };
        co_await eventually(has_got);
        BOOST_TEST(got[0].body == "first");
        co_await s.broker.expect(method_id::basic_consume);
        co_await s.broker.say(cancel_ok() + consume_ok());
        const auto active = [&] { return consumer.active(); };
        co_await eventually(active);
        BOOST_TEST(consumer.outstanding() == 1U);
        co_await s.end();
    });
}

BOOST_AUTO_TEST_CASE(gives_up_a_subscription_that_resume_had_asked_for_when_it_was_cancelled) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        amqp::consumer consumer(s.connection, consuming_q());
        s.tasks.spawn([&] { return consumer.run(); });
        co_await s.broker.accept_and_greet();
        co_await s.broker.expect(method_id::basic_consume);
        co_await s.broker.say(subscribed());
        const auto active = [&] { return consumer.active(); };
        co_await eventually(active);
        s.tasks.spawn([&]() -> asio::awaitable<void> { co_await consumer.hold(); });
        co_await s.broker.expect(method_id::basic_cancel);
        co_await s.broker.say(cancel_ok());

        bool resumed = false;
        s.tasks.spawn([&]() -> asio::awaitable<void> {
            co_await consumer.resume();
            resumed = true;
        });
        co_await s.broker.expect(method_id::basic_consume);
        co_await consumer.cancel();
        co_await s.broker.say(consume_ok() + says::message(1, 1, "late"));
        co_await s.broker.expect(method_id::basic_cancel);
        co_await s.broker.say(cancel_ok());
        co_await s.broker.expect(method_id::basic_nack);
        const auto has_resumed = [&] { return resumed; };
        co_await eventually(has_resumed);
        BOOST_TEST(!consumer.active());
        BOOST_TEST(consumer.outstanding() == 0U);
        co_await s.end();
    });
}

// However long the broker was away: half a second is left to connect and subscribe.
BOOST_AUTO_TEST_CASE(pauses_let_a_worker_consume_within_five_seconds_of_the_brokers_return) {
    const auto longest =
        amqp::connection_options().longest_pause + amqp::consumer_options().longest_pause;
    BOOST_TEST((longest <= 4500ms));
}

BOOST_AUTO_TEST_SUITE_END()
