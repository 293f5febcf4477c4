#include "common/amqp/codec/session.hpp"

#include <limits>

namespace otp::amqp {

std::uint16_t session::open_channel(channel_events& events) {
    if (!up())
        return 0;
    const unsigned last =
        channel_max_ != 0 ? channel_max_ : std::numeric_limits<std::uint16_t>::max();
    unsigned number = 1;
    for (const auto& taken : channels_)
        if (taken.first == number)
            ++number;
    if (number > last)
        return 0;
    const auto channel = static_cast<std::uint16_t>(number);
    channels_.emplace(channel, channel_state(events, options_.body_limit));
    put_plain(output_, channel, method_id::channel_open);
    expect(channel, method_id::channel_open_ok);
    return channel;
}

void session::close_channel(std::uint16_t channel) {
    const auto at = channels_.find(channel);
    if (at == channels_.end() || at->second.events == nullptr)
        return;
    at->second.events = nullptr;
    put_channel_close(output_, channel, "");
}

void session::expect(std::uint16_t channel, method_id answer, reply then) {
    const auto at = channels_.find(channel);
    if (at != channels_.end())
        at->second.expected.emplace_back(answer, std::move(then));
    else if (then)
        then({errc::lost, "the channel is closed"}, method{});
}

error session::on_channel_method(channels::iterator at, const method& m) {
    channel_state& channel = at->second;
    if (channel.content.active())
        return protocol_error("a method inside the content of a message");
    channel_events* const events = channel.events;
    switch (m.id) {
    case method_id::basic_deliver:
    case method_id::basic_return:
        begin_content(channel, m);
        return {};
    case method_id::basic_ack:
    case method_id::basic_nack:
        if (events != nullptr)
            events->on_confirm(m.tag, m.multiple, m.id == method_id::basic_ack);
        return {};
    case method_id::basic_cancel:
        if (events != nullptr)
            events->on_cancel();
        return {};
    case method_id::channel_flow:
        put_flow_ok(output_, at->first, m.active);
        return {};
    case method_id::channel_close:
        put_plain(output_, at->first, method_id::channel_close_ok);
        // Where both sides close at once, close-ok still comes for ours: RabbitMQ sends it.
        if (events != nullptr)
            end_channel(at, broker_reply(m.reply_code, std::string(m.reply_text)));
        return {};
    case method_id::channel_close_ok:
        if (events != nullptr)
            return protocol_error("channel.close-ok without channel.close");
        end_channel(at, {errc::stopped, ""});
        return {};
    default:
        return on_reply(channel, m);
    }
}

error session::on_reply(channel_state& channel, const method& m) {
    if (channel.expected.empty() || channel.expected.front().first != m.id)
        return protocol_error("a reply nobody asked for");
    const reply then = std::move(channel.expected.front().second);
    channel.expected.pop_front();
    if (then)
        then({}, m);
    return {};
}

void session::begin_content(channel_state& channel, const method& m) {
    delivery blank;
    blank.tag = m.tag;
    blank.redelivered = m.redelivered;
    blank.exchange = m.exchange;
    blank.routing_key = m.routing_key;
    channel.content_is_return = m.id == method_id::basic_return;
    channel.content.begin(std::move(blank));
}

error session::on_content(channel_state& channel, const wire::frame& frame) {
    auto progress = content_assembler::progress::malformed;
    if (frame.type == wire::frame_type::header)
        progress = channel.content.header(frame.payload);
    else if (frame.type == wire::frame_type::body)
        progress = channel.content.body(frame.payload);
    if (progress == content_assembler::progress::malformed)
        return protocol_error("malformed content of a message");
    if (progress == content_assembler::progress::unfinished || channel.events == nullptr)
        return {};
    if (channel.content_is_return)
        channel.events->on_return(channel.content.take());
    else
        channel.events->on_delivery(channel.content.take());
    return {};
}

void session::end_channel(channels::iterator at, const error& why) {
    channel_state gone = std::move(at->second);
    channels_.erase(at);
    for (const auto& [answer, then] : gone.expected)
        if (then)
            then(why, method{});
    if (gone.events != nullptr)
        gone.events->on_closed(why);
}

}  // namespace otp::amqp
