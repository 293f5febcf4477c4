#pragma once

#include "common/amqp/codec/ack_window.hpp"
#include "common/amqp/codec/session.hpp"
#include "common/amqp/topology.hpp"
#include "common/async/event.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace otp::amqp {

class connection;

struct consumer_options {
    consumer_options() {}

    std::string queue;
    std::uint16_t prefetch = 256;  // never 0, which would be without limit
    topology declared_first;       // before each subscription
    // For declaring and subscribing together; quorum queues need elections when they are new.
    std::chrono::milliseconds subscribe_limit{30'000};
    // The pause before subscribing anew doubles from the first to the longest. Where the broker
    // said 403, 406 or 530, which time does not heal, it is the longest at once.
    std::chrono::milliseconds first_pause{100};
    std::chrono::milliseconds longest_pause{2000};
};

// Keeps one subscription alive over the loss of queue, channel and connection, and hands over what
// it brings. Verdicts are only marked by ack() and requeue(); flush() sends them.
//
// For one thread. Uses the connection, which must outlive it.
class consumer final : private channel_events {
public:
    consumer(connection& on, consumer_options options);
    ~consumer();
    consumer(const consumer&) = delete;
    consumer& operator=(const consumer&) = delete;

    // For logging: subscribed, or lost with the reason.
    std::function<void(bool active, const std::string& reason)> on_state;

    // Subscribes, and again after each loss, until close(), the connection's stop(), or the end of
    // the channel after cancel(). To be run once.
    boost::asio::awaitable<void> run();

    // At least one delivery, at most `most` (> 0); none once cancel() was called or run() has
    // ended. Waits while it is held. One caller at a time. What is handed over and not settled
    // counts for the prefetch.
    boost::asio::awaitable<std::vector<delivery>> receive(std::size_t most);

    // What became of a delivery. Of an older subscription: dropped, for the broker has given or
    // will give the message to somebody again. What is requeued counts as a failed delivery.
    void ack(std::uint64_t tag, std::uint64_t epoch);
    void requeue(std::uint64_t tag, std::uint64_t epoch);

    // Sends the marked verdicts in the fewest frames (see ack_window). Cheap where there are none.
    void flush();

    // First step of a drain: no more deliveries; what was not handed over goes back to the queue.
    // Verdicts can still be sent. The error says why the broker did not answer; the drain goes on.
    boost::asio::awaitable<error> cancel();

    // Last step: closes the channel after what was flushed. Unsettled deliveries go back.
    void close();

    // Stops deliveries until resume(): what was not handed over goes back, verdicts can still be
    // sent, and a new connection is not subscribed on. The error says why the broker did not
    // answer; held it is all the same. One caller of the two at a time.
    boost::asio::awaitable<error> hold();
    boost::asio::awaitable<void> resume();
    bool held() const noexcept { return held_; }

    // Registered with the broker, as far as we know. A broker that is cut off seems fine until its
    // heartbeats are missed.
    bool active() const noexcept { return active_; }
    // Success where the broker says by `at` that the queue has a consumer; else why it is not
    // known to bring messages now: what active() would say, no answer, or a queue without a leader.
    boost::asio::awaitable<error> confirm_active(deadline at);
    // Deliveries, handed over or not, whose verdict was not sent.
    std::size_t outstanding() const noexcept { return window_.outstanding(); }

private:
    void on_delivery(delivery&& message) override;
    void on_cancel() override;
    void on_closed(const error& why) override;

    bool leaving() const noexcept;
    boost::asio::awaitable<error> subscribe();
    boost::asio::awaitable<void> until_lost();
    boost::asio::awaitable<bool> until_leaving();
    boost::asio::awaitable<void> until_wanted();
    boost::asio::awaitable<error> stop_deliveries();
    void lose(error why);
    void close_channel();

    connection& connection_;
    consumer_options options_;
    std::shared_ptr<session> session_;  // of the present subscription
    std::uint16_t channel_ = 0;
    std::uint64_t epoch_ = 0;
    ack_window window_;
    std::deque<delivery> buffered_;
    event arrived_;
    std::optional<error> lost_;
    error last_error_;  // why the last subscription was lost or could not be made
    bool active_ = false;
    bool draining_ = false;
    bool closed_ = false;
    bool held_ = false;
    bool silenced_ = false;  // the channel is open, its subscription was taken back by hold()
};

}  // namespace otp::amqp
