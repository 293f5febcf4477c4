#pragma once

#include "common/amqp/codec/error.hpp"
#include "common/amqp/codec/message.hpp"
#include "common/amqp/codec/session.hpp"
#include "common/amqp/url.hpp"
#include "common/async/deadline.hpp"
#include "common/async/event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace otp::amqp {

class transport;

struct connection_options {
    connection_options() {}

    std::vector<broker> brokers;  // at least one; each attempt takes the next
    std::string ca_file;          // empty: the system's authorities
    std::string connection_name = "otp";
    // The broker's word counts where it is shorter. Two intervals of silence end the connection: a
    // worker whose broker is cut off goes to another within 10 s, soon after the queue has found a
    // new leader there. Consuming still seems fine to it until then.
    std::chrono::seconds heartbeat{4};
    std::size_t body_limit = default_body_limit;
    // One for TCP and TLS, another for log-in and opening.
    std::chrono::milliseconds step_limit{5000};
    // The pause between attempts doubles from the first to the second, drawn from its upper half.
    // A worker is to consume within 5 s of the broker's return: this and the consumer's are part.
    std::chrono::milliseconds first_pause{100};
    std::chrono::milliseconds longest_pause{2000};
};

// One connection to one of several brokers, made anew whenever it is lost. Consume and publish on
// connections of their own: under a memory or disk alarm the broker stops reading from those who
// publish, and would not see their acks.
//
// For one thread. It must outlive its consumers and publishers.
class connection {
public:
    // What on_state tells.
    enum class event_kind { up, down, blocked, unblocked };

    // Throws std::invalid_argument without brokers, or where the CA file cannot be used.
    connection(boost::asio::any_io_executor executor, connection_options options);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    // For logging. Called within the loop's turn; must not destroy the connection. The text names
    // the broker, or says why it is down or blocked.
    std::function<void(event_kind, const std::string& text)> on_state;

    // Keeps the connection until stop(), or until it is cancelled, which ends it without a word to
    // the broker. Network faults never end it. To be run once.
    boost::asio::awaitable<void> run();

    // Closes in good order (2 s at most), and ends run() and all who wait.
    void stop();

    // True once up; false at `at`, or when it was stopped.
    boost::asio::awaitable<bool> wait_up(deadline at);
    boost::asio::awaitable<bool> wait_up();

    bool up() const noexcept;
    // The broker takes no messages (memory or disk alarm).
    bool blocked() const noexcept { return blocked_; }
    bool stopped() const noexcept { return stopped_; }
    // How often it stood and was lost.
    std::uint64_t losses() const noexcept { return losses_; }
    // Why it was lost, or could not be made, the last time; empty while it is up.
    const error& last_error() const noexcept { return last_error_; }

    // For consumer, publisher and topology.

    boost::asio::any_io_executor executor() const { return executor_; }
    // Null unless up. Whoever keeps it may go on writing to it after a loss, to no effect.
    std::shared_ptr<session> current_session() const;
    // Sends what the session has to send; calls in one turn of the loop share one write.
    void flush() { output_ready_.notify(); }
    // Notified on up, down, blocked, unblocked and stop, and by consumers and publishers on what
    // changes with them: one wait of theirs is for both.
    event& changed() noexcept { return changed_; }
    // Ends the connection, so that run() makes another.
    void drop(error why);

private:
    boost::asio::awaitable<void> keep_connected();
    boost::asio::awaitable<void> connect_and_serve(const broker& to);
    boost::asio::awaitable<error> open_in_time(const broker& to);
    boost::asio::awaitable<void> serve();
    boost::asio::awaitable<void> watched(boost::asio::awaitable<void> loop);
    boost::asio::awaitable<void> read_loop();
    boost::asio::awaitable<void> write_loop();
    boost::asio::awaitable<void> tick_loop();
    boost::asio::awaitable<void> close_when_stopped();
    boost::asio::awaitable<void> send_last_words();
    boost::asio::awaitable<bool> until_stopped();
    void came_up();
    void went_down();
    void tell(event_kind what, const std::string& text);

    boost::asio::any_io_executor executor_;
    connection_options options_;
    std::optional<boost::asio::ssl::context> tls_;
    std::unique_ptr<transport> transport_;
    std::shared_ptr<session> session_;
    std::string peer_;  // of the present attempt
    event changed_;
    event output_ready_;
    event ending_;
    std::optional<error> end_;  // why the present attempt ends
    error last_error_;
    std::chrono::steady_clock::time_point up_since_;
    std::uint64_t losses_ = 0;
    bool was_up_ = false;
    bool writing_ = false;
    bool blocked_ = false;
    bool stopped_ = false;
};

}  // namespace otp::amqp
