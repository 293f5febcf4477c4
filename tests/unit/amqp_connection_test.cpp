// Connection, publisher and consumer against a broker that follows a script and breaks its rules.
#include "common/amqp/connection.hpp"
#include "common/amqp/consumer.hpp"
#include "common/amqp/publisher.hpp"
#include "common/async/task_group.hpp"
#include "tests/unit/amqp_script.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <exception>
#include <stdexcept>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;
using amqp::method_id;
using amqp::publish_result;
namespace says = otp::test::broker_says;

BOOST_TEST_DONT_PRINT_LOG_VALUE(amqp::publish_result)

namespace {

class scripted_broker {
public:
    explicit scripted_broker(const asio::any_io_executor& executor)
        : acceptor_(executor, {asio::ip::make_address("127.0.0.1"), 0}),
          socket_(executor) {}

    amqp::connection_options options() const {
        amqp::connection_options made;
        made.brokers.emplace_back();
        made.brokers.back().host = "127.0.0.1";
        made.brokers.back().port = std::to_string(acceptor_.local_endpoint().port());
        made.first_pause = 1ms;
        made.longest_pause = 4ms;
        return made;
    }

    asio::awaitable<void> accept() {
        socket_ = co_await acceptor_.async_accept(asio::use_awaitable);
        unread_.clear();
        while (unread_.size() < 8)
            co_await read();
        unread_.erase(0, 8);
    }

    asio::awaitable<void> say(std::string octets) {
        co_await asio::async_write(socket_, asio::buffer(octets), asio::use_awaitable);
    }

    // Reads on to a method of that id.
    asio::awaitable<void> expect(method_id wanted) {
        for (;;) {
            std::string_view in = unread_;
            amqp::wire::frame f;
            const auto read_one = amqp::wire::next_frame(in, 1U << 20, f);
            const bool found =
                read_one == amqp::wire::framing::ok && f.type == amqp::wire::frame_type::method &&
                amqp::wire::reader(f.payload).u32() == static_cast<std::uint32_t>(wanted);
            unread_.erase(0, unread_.size() - in.size());
            if (found)
                co_return;
            if (read_one == amqp::wire::framing::need_more)
                co_await read();
        }
    }

    asio::awaitable<void> accept_and_greet() {
        co_await accept();
        co_await say(says::start());
        co_await expect(method_id::connection_start_ok);
        co_await say(says::tune());
        co_await expect(method_id::connection_open);
        co_await say(says::open_ok());
    }

    // The publisher's channel.
    asio::awaitable<void> open_confirming_channel() {
        co_await expect(method_id::confirm_select);
        co_await say(says::channel_open_ok(1) + says::method(1, method_id::confirm_select_ok));
    }

    // With a reset, not an orderly end.
    void cut() {
        socket_.set_option(asio::socket_base::linger(true, 0));
        socket_.close();
    }

private:
    asio::awaitable<void> read() {
        std::array<char, 4096> some;
        const std::size_t count =
            co_await socket_.async_read_some(asio::buffer(some), asio::use_awaitable);
        unread_.append(some.data(), count);
    }

    asio::ip::tcp::acceptor acceptor_;
    asio::ip::tcp::socket socket_;
    std::string unread_;
};

// A connection to a scripted broker, and what it said of itself.
struct stage {
    stage(asio::io_context& on, amqp::connection_options options, scripted_broker& b)
        : context(on),
          broker(b),
          connection(on.get_executor(), std::move(options)),
          tasks(on.get_executor()) {
        connection.on_state = [this](amqp::connection::event_kind, const std::string& text) {
            words.push_back(text);
        };
        tasks.spawn([this] { return connection.run(); });
    }

    // Left by an exception: nothing of it may run on.
    ~stage() {
        if (tasks.size() != 0)
            context.stop();
    }

    asio::awaitable<void> end() {
        tasks.cancel();
        co_await tasks.join();
    }

    asio::io_context& context;
    scripted_broker& broker;
    amqp::connection connection;
    std::vector<std::string> words;
    task_group tasks;
};

deadline in(std::chrono::milliseconds span) {
    return std::chrono::steady_clock::now() + span;
}

template <class Condition>
asio::awaitable<void> eventually(const Condition& condition) {
    const deadline end = in(20s);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("not in time");
        co_await sleep_for(1ms);
    }
}

// Runs `play(stage&)`.
template <class Play>
void with_stage(Play play, std::chrono::milliseconds step_limit = 20s, bool tls = false) {
    asio::io_context context(1);
    auto failure = std::make_exception_ptr(std::runtime_error("the play was left by an exception"));
    auto work = [&]() -> asio::awaitable<void> {
        scripted_broker broker(context.get_executor());
        amqp::connection_options options = broker.options();
        options.step_limit = step_limit;
        options.brokers.back().tls = tls;
        stage s(context, std::move(options), broker);
        co_await play(s);
        co_await s.end();
    };
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr error) { failure = error; });
    context.run();
    if (failure)
        std::rethrow_exception(failure);
}

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

BOOST_AUTO_TEST_SUITE(a_consumer_with_a_faulty_broker)

BOOST_AUTO_TEST_CASE(takes_deliveries_that_come_with_the_answer_and_gives_up_on_tags_with_gaps) {
    with_stage([](stage& s) -> asio::awaitable<void> {
        amqp::consumer_options options;
        options.queue = "q";
        options.first_pause = 1ms;
        amqp::consumer consumer(s.connection, std::move(options));
        s.tasks.spawn([&] { return consumer.run(); });
        co_await s.broker.accept_and_greet();
        const std::string answers =
            says::channel_open_ok(1) + says::method(1, method_id::basic_qos_ok) +
            says::method(1, method_id::basic_consume_ok, std::string("\x03otp"));
        co_await s.broker.expect(method_id::basic_consume);
        co_await s.broker.say(answers + says::message(1, 1, "first"));
        const auto got = co_await consumer.receive(10);
        BOOST_REQUIRE(got.size() == 1U);
        BOOST_TEST(got[0].body == "first");
        const auto active = [&] { return consumer.active(); };
        co_await eventually(active);
        co_await s.broker.say(says::message(1, 5, "gap"));
        co_await s.broker.expect(method_id::channel_close);
        BOOST_TEST(!consumer.active());
        BOOST_TEST(consumer.last_error().what() == "protocol error: delivery tag 5 out of order");
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
