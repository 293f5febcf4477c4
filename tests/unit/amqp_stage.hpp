#pragma once

// A connection to a broker that follows a script and breaks its rules.
#include "common/amqp/connection.hpp"
#include "common/async/deadline.hpp"
#include "common/async/run.hpp"
#include "common/async/task_group.hpp"
#include "tests/unit/amqp_script.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace otp::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using amqp::method_id;
namespace says = otp::test::broker_says;

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

    // Reads on to a method of that id, and gives its channel.
    asio::awaitable<std::uint16_t> expect(method_id wanted) {
        for (;;) {
            std::string_view in = unread_;
            amqp::wire::frame f;
            const auto read_one = amqp::wire::next_frame(in, 1U << 20, f);
            const bool is_method =
                read_one == amqp::wire::framing::ok && f.type == amqp::wire::frame_type::method;
            const std::uint16_t channel = f.channel;
            if (is_method)
                heard.push_back(static_cast<method_id>(amqp::wire::reader(f.payload).u32()));
            unread_.erase(0, unread_.size() - in.size());
            if (is_method && heard.back() == wanted)
                co_return channel;
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

    std::vector<method_id> heard;  // by expect(), in order

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

inline deadline in(std::chrono::milliseconds span) {
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
inline void with_stage(
    const std::function<asio::awaitable<void>(stage&)>& play,
    std::chrono::milliseconds step_limit = 20s,
    bool tls = false
) {
    asio::io_context context(1);
    run_to_end(context, [&]() -> asio::awaitable<void> {
        scripted_broker broker(context.get_executor());
        amqp::connection_options options = broker.options();
        options.step_limit = step_limit;
        options.brokers.back().tls = tls;
        stage s(context, std::move(options), broker);
        co_await play(s);
        co_await s.end();
    });
}

}  // namespace otp::test
