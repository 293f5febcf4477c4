// A consumer and a broker that breaks its rules.
#include "common/amqp/consumer.hpp"
#include "tests/unit/amqp_stage.hpp"

#include <boost/test/unit_test.hpp>

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

// The answers to a subscription on the first channel.
std::string subscribed() {
    return says::channel_open_ok(1) + says::method(1, method_id::basic_qos_ok) +
           says::method(1, method_id::basic_consume_ok, std::string("\x03otp"));
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

// However long the broker was away: half a second is left to connect and subscribe.
BOOST_AUTO_TEST_CASE(pauses_let_a_worker_consume_within_five_seconds_of_the_brokers_return) {
    const auto longest =
        amqp::connection_options().longest_pause + amqp::consumer_options().longest_pause;
    BOOST_TEST((longest <= 4500ms));
}

BOOST_AUTO_TEST_SUITE_END()
