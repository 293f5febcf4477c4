#pragma once

#include "common/amqp/codec/confirm_window.hpp"
#include "common/amqp/codec/session.hpp"
#include "common/async/deadline.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace otp::amqp {

class connection;

// Publishes with the broker's confirms, on one channel that is opened again whenever it is lost.
//
// For one thread. Uses the connection, which must outlive it, and which should have no consumers.
class publisher final : private channel_events {
public:
    // `window`: messages under way at once, over all callers; bounds memory and what a loss leaves
    // unknown.
    explicit publisher(connection& on, std::size_t window = 256);
    ~publisher();
    publisher(const publisher&) = delete;
    publisher& operator=(const publisher&) = delete;

    // Keeps the channel until the connection's stop(). To be run once.
    boost::asio::awaitable<void> run();

    // Sends all of them in order, as far as the window allows at once, and returns what became of
    // each, in their order, by `at` at the latest. Callers are served in the order they came. Waits
    // for the broker while it is away or blocking. A caller that is cancelled gets its results as
    // they are then, and is thrown out of its next await: what is sent cannot be called back.
    //
    // Publishing to an exchange that does not exist makes the broker close the channel: unknown for
    // all that is under way.
    //
    // Throws std::length_error where a name or property is longer than its 255 octets.
    boost::asio::awaitable<std::vector<publish_result>> publish(
        std::vector<outgoing_message> messages,
        deadline at
    );
    boost::asio::awaitable<publish_result> publish(outgoing_message message, deadline at);

    // A message would be sent now, window permitting, as far as we know. A broker that is cut off
    // seems fine until its heartbeats are missed.
    bool ready() const noexcept;
    // The same by the broker's word: false too where it does not answer by `at`.
    boost::asio::awaitable<bool> confirm_ready(deadline at);
    // Sent, and no word of the broker yet.
    std::size_t unconfirmed() const noexcept { return under_way_.unsettled(); }
    // How many messages came to that end since the start.
    std::uint64_t results(publish_result how) const noexcept {
        return results_[static_cast<std::size_t>(how)];
    }

private:
    struct batch;
    struct slot {
        std::shared_ptr<batch> of;
        std::size_t index;
    };

    void on_confirm(std::uint64_t tag, bool multiple, bool acked) override;
    void on_return(delivery&& message) override;
    void on_closed(const error& why) override;

    boost::asio::awaitable<error> open_channel();
    boost::asio::awaitable<void> send_until_lost();
    bool is_held_up() const noexcept;
    void send_waiting();
    void lose(const error& why);
    void count(const batch& ended) noexcept;
    void close_channel();

    connection& connection_;
    std::size_t limit_;
    std::shared_ptr<session> session_;
    std::uint16_t channel_ = 0;
    confirm_window<slot> under_way_;
    std::deque<std::shared_ptr<batch>> waiting_;  // with messages not sent yet, oldest first
    std::array<std::uint64_t, 5> results_{};      // by publish_result
    error last_error_;                            // why the channel was lost the last time
    bool confirming_ = false;
    bool ended_ = false;
};

}  // namespace otp::amqp
