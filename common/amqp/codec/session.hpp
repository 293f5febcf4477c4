#pragma once

#include "common/amqp/codec/error.hpp"
#include "common/amqp/codec/message.hpp"
#include "common/amqp/codec/method.hpp"
#include "common/amqp/codec/wire.hpp"
#include "common/core/secret.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace otp::amqp {

// What happens on one channel. Called from within session::feed() and session::fail(); may call the
// session, but not destroy it.
class channel_events {
public:
    virtual void on_delivery(delivery&&) {}
    virtual void on_confirm(std::uint64_t /*tag*/, bool /*multiple*/, bool /*acked*/) {}
    virtual void on_return(delivery&&) {}    // tag, epoch and redelivered mean nothing
    virtual void on_cancel() {}              // the broker ended the subscription
    virtual void on_closed(const error&) {}  // last call: the channel, or all of the connection

protected:
    ~channel_events() = default;
};

struct session_options {
    session_options() {}

    std::string user;
    secret password;
    std::string vhost;
    std::string connection_name;  // shown in the broker's management pages
    std::uint16_t heartbeat_seconds = 10;
    std::uint32_t frame_max = 131072;  // RabbitMQ's own default
    std::size_t body_limit = default_body_limit;
};

// One connection as AMQP sees it: octets in, octets out, events to channels. No sockets, no clock.
class session {
public:
    // Called with the broker's answer, or with why none will come.
    using reply = std::function<void(const error&, const method&)>;

    // Queues the protocol header.
    explicit session(session_options options);
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    // Called on connection.blocked with its reason, and on connection.unblocked.
    std::function<void(bool blocked, std::string_view reason)> on_blocked;

    // Takes whole frames off the front of `in`. An error ends the session: send what output() still
    // holds, then close the transport. errc::stopped is the good end after close().
    error feed(std::string_view& in);

    // To be called every heartbeat_seconds() / 2: sends a heartbeat where nothing else was sent,
    // and fails once nothing was received for two whole intervals.
    error tick();

    // The transport is gone: every channel gets its on_closed(), every open call its error.
    void fail(const error& why);

    // Asks the broker for the end of the connection.
    void close();

    bool up() const noexcept { return state_ == state::up; }
    std::uint16_t heartbeat_seconds() const noexcept { return heartbeat_; }
    // The longest frame that may be sent, as agreed on.
    std::uint32_t frame_max() const noexcept { return frame_max_; }
    // The longest that is taken: the broker itself does not keep to what was agreed on. To a
    // message that comes back from another queue it adds x-death, and sends the headers in one
    // frame however long they are then; refused, they would end one connection after another.
    std::uint32_t longest_taken() const noexcept { return 2 * frame_max_; }

    // Octets to send are appended here, by channels too; nothing is sent once the session ended.
    std::string& output() noexcept { return output_; }
    // Moves them to `buffer` and counts them as sent.
    void take_output(std::string& buffer);

    // A new channel, open as far as the next method is concerned. `events` must stay until
    // on_closed() or close_channel(). Zero where the session is not up or has no number left.
    std::uint16_t open_channel(channel_events& events);
    // No event comes after this one.
    void close_channel(std::uint16_t channel);
    // Expects `answer` after the replies expected before on this channel.
    void expect(std::uint16_t channel, method_id answer, reply then = {});

private:
    enum class state { starting, tuning, opening, up, closing, ended };
    struct channel_state {
        explicit channel_state(channel_events& e, std::size_t limit) : events(&e), content(limit) {}

        channel_events* events;  // null once we closed it: what still comes is dropped
        std::deque<std::pair<method_id, reply>> expected;
        content_assembler content;
        bool content_is_return = false;
    };
    using channels = std::map<std::uint16_t, channel_state>;

    error on_frame(const wire::frame& frame);
    error on_connection_method(const method& m);
    error on_start(const method& m);
    error on_tune(const method& m);
    error on_channel_method(channels::iterator at, const method& m);
    error on_reply(channel_state& channel, const method& m);
    error on_content(channel_state& channel, const wire::frame& frame);
    void begin_content(channel_state& channel, const method& m);
    void end_channel(channels::iterator at, const error& why);

    session_options options_;
    state state_ = state::starting;
    std::string output_;
    channels channels_;
    std::uint32_t frame_max_;
    std::uint16_t channel_max_ = 0;
    std::uint16_t heartbeat_ = 0;
    unsigned silent_ticks_ = 0;
    bool received_ = true;
    bool sent_ = true;
};

}  // namespace otp::amqp
