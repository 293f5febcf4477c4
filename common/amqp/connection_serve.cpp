// What a connection does while it has a transport: read, write, keep time, close.
#include "common/amqp/connection.hpp"
#include "common/amqp/transport.hpp"
#include "common/async/task_group.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

namespace otp::amqp {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr auto close_limit = 2s;
constexpr auto last_words_limit = 1s;
// Small while idle; doubled whenever a read fills it, so that a busy connection needs few reads.
constexpr std::size_t first_buffer = 16 * 1024;
constexpr std::size_t beyond_one_frame = 64 * 1024;
constexpr std::size_t kept_chunk = 1024 * 1024;

}  // namespace

asio::awaitable<void> connection::serve() {
    task_group tasks(executor_);
    tasks.spawn([this] { return watched(read_loop()); });
    tasks.spawn([this] { return watched(write_loop()); });
    tasks.spawn([this] { return watched(tick_loop()); });
    tasks.spawn([this] { return watched(close_when_stopped()); });

    bool cancelled = false;
    while (!end_ && !cancelled) {
        co_await ending_.wait();
        const auto state = co_await asio::this_coro::cancellation_state;
        cancelled = state.cancelled() != asio::cancellation_type::none;
    }
    // A cancelled coroutine could await nothing more, and the loops must not outlive this one.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    tasks.cancel();
    co_await tasks.join();
    if (cancelled)
        throw boost::system::system_error(asio::error::operation_aborted);
    co_await send_last_words();
}

// A loop that fails by a bug must not leave serve() waiting; the group hands the exception on.
asio::awaitable<void> connection::watched(asio::awaitable<void> loop) {
    try {
        co_await std::move(loop);
    } catch (const std::exception&) {
        drop(error(errc::lost, "ended by an exception"));
        throw;
    }
}

asio::awaitable<void> connection::read_loop() {
    std::vector<char> buffer(first_buffer);
    std::size_t held = 0;
    for (;;) {
        const auto into = asio::buffer(buffer.data() + held, buffer.size() - held);
        const auto count = co_await transport_->read_some(into);
        if (!count) {
            drop(count.error());
            co_return;
        }
        held += *count;
        std::string_view unread(buffer.data(), held);
        error failed = session_->feed(unread);
        if (session_->up() && !was_up_)
            came_up();
        if (failed) {
            drop(std::move(failed));
            co_return;
        }
        if (!session_->output().empty())
            flush();
        const bool filled = held == buffer.size();
        held = unread.size();
        std::memmove(buffer.data(), unread.data(), held);
        if (filled)
            buffer.resize(std::min(buffer.size() * 2, session_->longest_taken() + beyond_one_frame)
            );
    }
}

asio::awaitable<void> connection::write_loop() {
    std::string chunk;
    for (;;) {
        while (session_->output().empty())
            co_await output_ready_.wait();
        if (end_)  // what is left is for send_last_words(): this loop is being cancelled
            co_return;
        session_->take_output(chunk);
        writing_ = true;
        error failed = co_await transport_->write(asio::buffer(chunk));
        if (failed) {
            drop(std::move(failed));
            co_return;
        }
        writing_ = false;
        if (chunk.capacity() > kept_chunk)
            chunk = std::string();
    }
}

// Heartbeats begin as soon as the connection is up: a broker with a short interval would not wait
// for the end of our handshake limit.
asio::awaitable<void> connection::tick_loop() {
    const bool came = co_await wait_up(steady_clock::now() + options_.step_limit);
    if (!came) {
        drop(error(errc::timeout, "AMQP handshake with " + peer_));
        co_return;
    }
    while (session_->heartbeat_seconds() != 0) {
        co_await sleep_for(500ms * session_->heartbeat_seconds());
        error failed = session_->tick();
        if (failed) {
            drop(std::move(failed));
            co_return;
        }
        flush();
    }
}

asio::awaitable<void> connection::close_when_stopped() {
    co_await until_stopped();
    if (session_->up()) {
        session_->close();
        flush();
        co_await sleep_for(close_limit);
    }
    drop(error(errc::stopped, ""));
}

// The broker that closed waits for our close-ok. Not where a write was cut: a frame inside a frame
// is no answer.
asio::awaitable<void> connection::send_last_words() {
    if (writing_ || session_->output().empty())
        co_return;
    std::string words;
    session_->take_output(words);
    co_await until(steady_clock::now() + last_words_limit, transport_->write(asio::buffer(words)));
}

}  // namespace otp::amqp
