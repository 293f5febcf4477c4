#include "tests/support/loopback_broker.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>

namespace otp::test {

loopback_broker::loopback_broker(const asio::any_io_executor& executor)
    : acceptor_(executor, {asio::ip::make_address("127.0.0.1"), 0}),
      socket_(executor) {}

amqp::connection_options loopback_broker::address() const {
    amqp::connection_options made;
    made.brokers.emplace_back();
    made.brokers.back().host = "127.0.0.1";
    made.brokers.back().port = std::to_string(acceptor_.local_endpoint().port());
    return made;
}

std::uint64_t loopback_broker::deliver(
    std::string body,
    const amqp::message_properties& properties
) {
    const auto tag = ++last_tag_;
    unsettled_.insert(tag);
    std::string octets = broker_says::deliver(consuming_on_, tag) +
                         broker_says::header(consuming_on_, body.size(), properties);
    say(octets + broker_says::body(consuming_on_, body));
    return tag;
}

std::ptrdiff_t loopback_broker::count(std::string_view words) const {
    return std::count_if(heard.begin(), heard.end(), [&](const std::string& one) {
        return one.starts_with(words) && (one.size() == words.size() || one[words.size()] == ' ');
    });
}

asio::awaitable<void> loopback_broker::run() {
    socket_ = co_await acceptor_.async_accept(asio::use_awaitable);
    while (unread_.size() < 8)
        co_await read();
    unread_.erase(0, 8);
    say(broker_says::start());
    for (;;) {
        take_frames();
        co_await read();
    }
}

void loopback_broker::say(const std::string& octets) {
    boost::system::error_code gone;
    asio::write(socket_, asio::buffer(octets), gone);
}

asio::awaitable<void> loopback_broker::read() {
    std::array<char, 65536> some;
    const auto size = co_await socket_.async_read_some(asio::buffer(some), asio::use_awaitable);
    unread_.append(some.data(), size);
}

void loopback_broker::take_frames() {
    std::string_view in = unread_;
    amqp::wire::frame f;
    while (amqp::wire::next_frame(in, 1U << 20, f) == amqp::wire::framing::ok) {
        if (f.type == amqp::wire::frame_type::method)
            take_method(f.channel, amqp::wire::reader(f.payload));
        else if (f.type == amqp::wire::frame_type::header)
            take_header(f.channel, f.payload);
        else if (f.type == amqp::wire::frame_type::body)
            take_body(f.channel, f.payload);
    }
    unread_.erase(0, unread_.size() - in.size());
}

void loopback_broker::take_method(std::uint16_t channel, amqp::wire::reader arguments) {
    using amqp::method_id;
    const std::string tag{'\x03', 'o', 't', 'p'};
    switch (static_cast<method_id>(arguments.u32())) {
    case method_id::connection_start_ok:
        return say(broker_says::tune());
    case method_id::connection_open:
        return say(broker_says::open_ok());
    case method_id::channel_open:
        return say(broker_says::channel_open_ok(channel));
    case method_id::channel_close:
        return say(broker_says::method(channel, method_id::channel_close_ok));
    case method_id::connection_close:
        return say(broker_says::method(0, method_id::connection_close_ok));
    case method_id::confirm_select:
        return say(broker_says::method(channel, method_id::confirm_select_ok));
    case method_id::basic_qos:
        return say(broker_says::method(channel, method_id::basic_qos_ok));
    case method_id::basic_consume:
        consuming_on_ = channel;
        return say(broker_says::method(channel, method_id::basic_consume_ok, tag));
    case method_id::basic_cancel:
        return say(broker_says::method(channel, method_id::basic_cancel_ok, tag));
    case method_id::basic_ack:
        return settle("ack ", arguments);
    case method_id::basic_nack:
        return settle("requeue ", arguments);
    case method_id::basic_publish: {
        arguments.u16();
        auto& begun = publishing_[channel];
        begun = {};
        begun.message.exchange = arguments.short_string();
        begun.message.routing_key = arguments.short_string();
        return;
    }
    default:
        return;
    }
}

void loopback_broker::settle(const std::string& verdict, amqp::wire::reader arguments) {
    const auto tag = arguments.u64();
    const bool multiple = (arguments.u8() & 1) != 0;
    for (auto one = unsettled_.begin(); one != unsettled_.end() && *one <= tag;) {
        if (multiple || *one == tag) {
            heard.push_back(verdict + std::to_string(*one));
            one = unsettled_.erase(one);
        } else {
            ++one;
        }
    }
}

void loopback_broker::take_header(std::uint16_t channel, std::string_view payload) {
    amqp::wire::reader in(payload);
    in.u32();
    auto& begun = publishing_[channel];
    begun.left = in.u64();
    amqp::read_properties(in.rest(), begun.message.properties);
    if (begun.left == 0)
        take_message(channel);
}

void loopback_broker::take_body(std::uint16_t channel, std::string_view octets) {
    auto& begun = publishing_[channel];
    begun.message.body += octets;
    begun.left -= octets.size();
    if (begun.left == 0)
        take_message(channel);
}

void loopback_broker::take_message(std::uint16_t channel) {
    using amqp::method_id;
    const auto message = publishing_[channel].message;
    heard.push_back("publish " + message.exchange + " " + message.routing_key);
    published.push_back(message);
    const auto how = decide ? decide(message) : reply::confirm;
    const auto sequence = ++last_published_;
    if (how == reply::return_unroutable)
        say(broker_says::returned(
            channel,
            message.exchange,
            message.routing_key,
            message.properties.message_id
        ));
    const auto word = how == reply::nack ? method_id::basic_nack : method_id::basic_ack;
    say(broker_says::settled(channel, word, sequence, false));
}

}  // namespace otp::test
