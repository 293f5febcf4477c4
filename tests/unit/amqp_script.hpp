#pragma once

#include "common/amqp/codec/message.hpp"
#include "common/amqp/codec/method.hpp"
#include "common/amqp/codec/session.hpp"
#include "common/amqp/codec/wire.hpp"

#include <string>
#include <string_view>
#include <vector>

// What a broker says, octet by octet, and what was said to it.
namespace otp::test::broker_says {

namespace wire = otp::amqp::wire;
using otp::amqp::method_id;

inline std::string frame(wire::frame_type type, std::uint16_t channel, std::string_view payload) {
    std::string out;
    wire::frame_writer writer(out, type, channel);
    out.append(payload);
    writer.close();
    return out;
}

inline std::string method(std::uint16_t channel, method_id id, std::string_view arguments = {}) {
    std::string payload;
    wire::put_u32(payload, static_cast<std::uint32_t>(id));
    payload.append(arguments);
    return frame(wire::frame_type::method, channel, payload);
}

inline std::string start(std::string_view mechanisms = "PLAIN AMQPLAIN") {
    std::string a{'\0', '\x09'};
    wire::put_u32(a, 0);
    wire::put_long_string(a, mechanisms);
    wire::put_long_string(a, "en_US");
    return method(0, method_id::connection_start, a);
}

inline std::string tune(
    std::uint32_t frame_max = 131072,
    std::uint16_t heartbeat = 60,
    std::uint16_t channels = 2047
) {
    std::string a;
    wire::put_u16(a, channels);
    wire::put_u32(a, frame_max);
    wire::put_u16(a, heartbeat);
    return method(0, method_id::connection_tune, a);
}

inline std::string open_ok() {
    return method(0, method_id::connection_open_ok, std::string(1, '\0'));
}

inline std::string closing(std::uint16_t channel, std::uint16_t code, std::string_view text) {
    std::string a;
    wire::put_u16(a, code);
    wire::put_short_string(a, text);
    wire::put_u32(a, 0);
    return method(
        channel,
        channel == 0 ? method_id::connection_close : method_id::channel_close,
        a
    );
}

inline std::string channel_open_ok(std::uint16_t channel) {
    return method(channel, method_id::channel_open_ok, std::string(4, '\0'));
}

inline std::string settled(std::uint16_t channel, method_id id, std::uint64_t tag, bool multiple) {
    std::string a;
    wire::put_u64(a, tag);
    wire::put_u8(a, multiple ? 1 : 0);
    return method(channel, id, a);
}

inline std::string header(
    std::uint16_t channel,
    std::uint64_t body_size,
    const amqp::message_properties& properties = {}
) {
    std::string p;
    wire::put_u16(p, 60);
    wire::put_u16(p, 0);
    wire::put_u64(p, body_size);
    amqp::put_properties(p, properties);
    return frame(wire::frame_type::header, channel, p);
}

inline std::string body(std::uint16_t channel, std::string_view octets) {
    return frame(wire::frame_type::body, channel, octets);
}

inline std::string deliver(std::uint16_t channel, std::uint64_t tag, bool redelivered = false) {
    std::string a;
    wire::put_short_string(a, "otp");
    wire::put_u64(a, tag);
    wire::put_u8(a, redelivered ? 1 : 0);
    wire::put_short_string(a, "from-exchange");
    wire::put_short_string(a, "by-key");
    return method(channel, method_id::basic_deliver, a);
}

inline std::string message(std::uint16_t channel, std::uint64_t tag, std::string_view text) {
    std::string all = deliver(channel, tag) + header(channel, text.size());
    return text.empty() ? all : all + body(channel, text);
}

inline std::string returned(
    std::uint16_t channel,
    std::string_view exchange,
    std::string_view key,
    std::string_view id
) {
    std::string a;
    wire::put_u16(a, 312);
    wire::put_short_string(a, "NO_ROUTE");
    wire::put_short_string(a, exchange);
    wire::put_short_string(a, key);
    amqp::message_properties properties;
    properties.message_id = id;
    return method(channel, method_id::basic_return, a) + header(channel, 0, properties);
}

inline std::string handshake() {
    return start() + tune() + open_ok();
}

// Everything a session meets in a day, as octets.
inline std::string a_long_conversation() {
    amqp::message_properties p;
    p.message_id = "id";
    amqp::put_table(p.raw_headers, {}, {{"h", std::string("v")}, {"n", std::int64_t{1}}});
    p.raw_headers.erase(0, 4);
    return handshake() + channel_open_ok(1) + message(1, 1, "first") + deliver(1, 2) +
           header(1, 10, p) + body(1, "01234") + body(1, "56789") +
           settled(1, method_id::basic_ack, 1, true) + returned(1, "x", "k", "id") +
           message(1, 3, "") + method(1, method_id::channel_flow, "\x01") +
           closing(1, 406, "PRECONDITION_FAILED") + closing(0, 320, "CONNECTION_FORCED");
}

}  // namespace otp::test::broker_says

namespace otp::test {

inline amqp::session_options guest() {
    amqp::session_options options;
    options.user = "guest";
    options.password = secret("guest");
    options.vhost = "/";
    options.connection_name = "test";
    return options;
}

// Keeps what a channel was told.
struct recorder final : amqp::channel_events {
    struct confirm {
        std::uint64_t tag;
        bool multiple;
        bool acked;
    };

    void on_delivery(amqp::delivery&& d) override { deliveries.push_back(std::move(d)); }
    void on_confirm(std::uint64_t tag, bool multiple, bool acked) override {
        confirms.push_back({tag, multiple, acked});
    }
    void on_return(amqp::delivery&& d) override { returns.push_back(std::move(d)); }
    void on_cancel() override { ++cancels; }
    void on_closed(const amqp::error& why) override { closes.push_back(why.what()); }

    std::vector<amqp::delivery> deliveries;
    std::vector<confirm> confirms;
    std::vector<amqp::delivery> returns;
    int cancels = 0;
    std::vector<std::string> closes;
};

// The ids of the methods in octets a client sent, after the protocol header if that is in front.
inline std::vector<amqp::method_id> methods_in(std::string_view octets) {
    namespace wire = amqp::wire;
    if (octets.starts_with("AMQP"))
        octets.remove_prefix(8);
    std::vector<amqp::method_id> ids;
    wire::frame f;
    while (wire::next_frame(octets, 1U << 30, f) == wire::framing::ok)
        if (f.type == wire::frame_type::method)
            ids.push_back(static_cast<amqp::method_id>(wire::reader(f.payload).u32()));
    return ids;
}

inline std::string sent_by(amqp::session& s) {
    std::string octets;
    s.take_output(octets);
    return octets;
}

inline amqp::error feed(amqp::session& s, std::string_view octets) {
    return s.feed(octets);
}

// Brings a session up and forgets what it said for it.
inline void bring_up(
    amqp::session& s,
    std::uint32_t frame_max = 131072,
    std::uint16_t heartbeat = 60
) {
    feed(
        s,
        broker_says::start() + broker_says::tune(frame_max, heartbeat) + broker_says::open_ok()
    );
    sent_by(s);
}

}  // namespace otp::test
