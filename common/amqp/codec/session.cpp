#include "common/amqp/codec/session.hpp"

#include <algorithm>

namespace otp::amqp {

namespace {

constexpr std::uint16_t reply_success = 200;
constexpr unsigned ticks_until_dead = 4;  // two intervals of two ticks

}  // namespace

session::session(session_options options)
    : options_(std::move(options)),
      frame_max_(options_.frame_max) {
    put_protocol_header(output_);
}

error session::feed(std::string_view& in) {
    received_ = true;
    wire::frame frame;
    while (state_ != state::ended) {
        if (state_ == state::starting && in.starts_with("AMQP"))
            return protocol_error("the broker does not speak AMQP 0-9-1");
        const wire::framing read = wire::next_frame(in, longest_taken(), frame);
        if (read == wire::framing::need_more)
            return {};
        error failure =
            read == wire::framing::ok ? on_frame(frame) : protocol_error("malformed frame");
        if (failure) {
            state_ = state::ended;
            return failure;
        }
    }
    return {errc::stopped, ""};
}

error session::tick() {
    if (heartbeat_ == 0)
        return {};
    silent_ticks_ = received_ ? 0 : silent_ticks_ + 1;
    if (silent_ticks_ >= ticks_until_dead)
        return {
            errc::heartbeat_timeout,
            "nothing received for " + std::to_string(2 * heartbeat_) + " s"};
    if (!sent_)
        put_heartbeat(output_);
    received_ = false;
    sent_ = false;
    return {};
}

void session::fail(const error& why) {
    state_ = state::ended;
    while (!channels_.empty())
        end_channel(channels_.begin(), why);
}

void session::close() {
    if (state_ != state::up)
        return;
    state_ = state::closing;
    put_connection_close(output_, reply_success, "stopped");
}

void session::take_output(std::string& buffer) {
    sent_ = sent_ || !output_.empty();
    buffer.clear();
    buffer.swap(output_);
}

error session::on_frame(const wire::frame& frame) {
    if (frame.type == wire::frame_type::heartbeat)
        return {};
    method m;
    const bool is_method = frame.type == wire::frame_type::method;
    if (is_method && !read_method(frame.payload, m))
        return protocol_error("unknown or malformed method");
    if (frame.channel == 0)
        return is_method ? on_connection_method(m) : protocol_error("content on channel 0");
    const auto at = channels_.find(frame.channel);
    if (at == channels_.end())
        return protocol_error(
            "a frame for channel " + std::to_string(frame.channel) + ", which is not open"
        );
    return is_method ? on_channel_method(at, m) : on_content(at->second, frame);
}

error session::on_connection_method(const method& m) {
    switch (m.id) {
    case method_id::connection_start:
        return on_start(m);
    case method_id::connection_tune:
        return on_tune(m);
    case method_id::connection_open_ok:
        if (state_ != state::opening)
            return protocol_error("connection.open-ok out of order");
        state_ = state::up;
        return {};
    case method_id::connection_close:
        put_plain(output_, 0, method_id::connection_close_ok);
        return broker_reply(m.reply_code, std::string(m.reply_text));
    case method_id::connection_close_ok:
        if (state_ != state::closing)
            return protocol_error("connection.close-ok without connection.close");
        return {errc::stopped, ""};
    case method_id::connection_blocked:
    case method_id::connection_unblocked:
        if (on_blocked)
            on_blocked(m.id == method_id::connection_blocked, m.reply_text);
        return {};
    default:
        return protocol_error("a channel's method on channel 0");
    }
}

error session::on_start(const method& m) {
    if (state_ != state::starting)
        return protocol_error("connection.start out of order");
    if (m.mechanisms.find("PLAIN") == std::string_view::npos)
        return protocol_error(
            "the broker offers no PLAIN log-in, only " + std::string(m.mechanisms)
        );
    put_start_ok(output_, options_.user, options_.password.reveal(), options_.connection_name);
    state_ = state::tuning;
    return {};
}

error session::on_tune(const method& m) {
    if (state_ != state::tuning)
        return protocol_error("connection.tune out of order");
    // Zero means no limit for frames and channels, and no heartbeats from whoever says it.
    if (m.frame_max != 0)
        frame_max_ = std::min(m.frame_max, options_.frame_max);
    if (frame_max_ < wire::frame_min_size)
        return protocol_error(
            "frames of " + std::to_string(frame_max_) + " octets; 4096 is the least"
        );
    channel_max_ = m.channel_max;
    if (m.heartbeat != 0 && options_.heartbeat_seconds != 0)
        heartbeat_ = std::min(m.heartbeat, options_.heartbeat_seconds);
    else
        heartbeat_ = std::max(m.heartbeat, options_.heartbeat_seconds);
    put_tune_ok(output_, channel_max_, frame_max_, heartbeat_);
    put_open(output_, options_.vhost);
    state_ = state::opening;
    return {};
}

}  // namespace otp::amqp
