// A connection and a broker that breaks its rules.
#include "tests/unit/amqp_stage.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;

BOOST_AUTO_TEST_SUITE(a_connection_to_a_faulty_broker)

BOOST_AUTO_TEST_CASE(gives_up_on_one_that_takes_it_and_says_nothing_and_tries_again) {
    with_stage(
        [](stage& s) -> asio::awaitable<void> {
            co_await s.broker.accept();
            co_await s.broker.accept();
            BOOST_TEST(s.words.front().starts_with("timeout: AMQP handshake with 127.0.0.1:"));
            BOOST_TEST(!s.connection.up());
        },
        100ms
    );
}

BOOST_AUTO_TEST_CASE(says_that_time_was_up_where_the_tls_handshake_gets_no_answer) {
    with_stage(
        [](stage& s) -> asio::awaitable<void> {
            co_await s.broker.accept();
            co_await s.broker.accept();
            BOOST_TEST(s.words.front().starts_with("timeout: connect to 127.0.0.1:"));
        },
        100ms,
        true
    );
}

BOOST_AUTO_TEST_CASE(comes_up_after_one_that_reset_it_inside_a_frame) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        co_await s.broker.accept();
        co_await s.broker.say(says::start().substr(0, 20));
        s.broker.cut();
        co_await s.broker.accept_and_greet();
        const bool up = co_await s.connection.wait_up(in(20s));
        BOOST_TEST(up);
        BOOST_TEST(s.words.front().starts_with("read from 127.0.0.1:"));
        BOOST_TEST(!s.connection.last_error());
    });
}

BOOST_AUTO_TEST_CASE(answers_a_close_before_it_goes_and_keeps_the_reason) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        co_await s.broker.accept();
        co_await s.broker.say(says::start());
        co_await s.broker.expect(method_id::connection_start_ok);
        co_await s.broker.say(says::closing(0, 403, "ACCESS_REFUSED - no"));
        co_await s.broker.expect(method_id::connection_close_ok);
        const auto said = [&] { return !s.words.empty(); };
        co_await eventually(said);
        BOOST_TEST(s.words.front() == "403 ACCESS_REFUSED - no");
        BOOST_TEST(s.connection.last_error().what() == "403 ACCESS_REFUSED - no");
    });
}

BOOST_AUTO_TEST_CASE(reads_on_after_a_frame_twice_as_long_as_agreed) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        constexpr std::size_t longest = 2 * 131072 - amqp::wire::frame_overhead;
        co_await s.broker.accept_and_greet();
        auto octets = says::frame(amqp::wire::frame_type::heartbeat, 0, std::string(longest, 'x')) +
                      says::closing(0, 320, "CONNECTION_FORCED");
        co_await s.broker.say(std::move(octets));
        co_await s.broker.expect(method_id::connection_close_ok);
        const auto said_why = [&] { return s.words.size() == 2; };  // after that it was up
        co_await eventually(said_why);
        BOOST_TEST(s.words.back() == "320 CONNECTION_FORCED");
    });
}

BOOST_AUTO_TEST_CASE(ends_its_wait_when_it_is_stopped) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        co_await s.broker.accept();
        s.connection.stop();
        const bool up = co_await s.connection.wait_up(in(20s));
        BOOST_TEST(!up);
        co_await s.tasks.join();
    });
}

BOOST_AUTO_TEST_CASE(says_goodbye_when_it_is_stopped) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        co_await s.broker.accept_and_greet();
        co_await s.connection.wait_up(in(20s));
        s.connection.stop();
        co_await s.broker.expect(method_id::connection_close);
        co_await s.broker.say(says::method(0, method_id::connection_close_ok));
        co_await s.tasks.join();
        BOOST_TEST(s.words.back() == "stopped");
    });
}

BOOST_AUTO_TEST_SUITE_END()
