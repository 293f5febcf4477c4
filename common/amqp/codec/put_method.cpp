#include "common/amqp/codec/method.hpp"
#include "common/amqp/codec/wire.hpp"

#ifndef OTP_VERSION
#error "OTP_VERSION comes from the build"
#endif

namespace otp::amqp {

namespace {

constexpr std::uint8_t durable = 0x02;
constexpr std::uint16_t reserved_ticket = 0;

// One method frame, begun with its id and ended at the end of the scope.
class method_frame {
public:
    method_frame(std::string& out, std::uint16_t channel, method_id id)
        : frame_(out, wire::frame_type::method, channel) {
        wire::put_u32(out, static_cast<std::uint32_t>(id));
    }
    method_frame(const method_frame&) = delete;
    method_frame& operator=(const method_frame&) = delete;
    ~method_frame() { frame_.close(); }

private:
    wire::frame_writer frame_;
};

void put_text_field(std::string& out, std::string_view name, std::string_view text) {
    wire::put_short_string(out, name);
    out += 'S';
    wire::put_long_string(out, text);
}

void put_close(
    std::string& out,
    std::uint16_t channel,
    method_id id,
    std::uint16_t code,
    std::string_view text
) {
    const method_frame frame(out, channel, id);
    wire::put_u16(out, code);
    wire::put_short_string(out, text);
    wire::put_u32(out, 0);  // no method caused it
}

}  // namespace

void put_protocol_header(std::string& out) {
    out.append({'A', 'M', 'Q', 'P', 0, 0, 9, 1});
}

void put_heartbeat(std::string& out) {
    wire::frame_writer(out, wire::frame_type::heartbeat, 0).close();
}

void put_start_ok(
    std::string& out,
    std::string_view user,
    std::string_view password,
    std::string_view connection_name
) {
    // Without authentication_failure_close a wrong password is a bare reset; without
    // consumer_cancel_notify a deleted queue is silence.
    static const table capabilities{
        {"authentication_failure_close", true},
        {"basic.nack", true},
        {"connection.blocked", true},
        {"consumer_cancel_notify", true},
        {"publisher_confirms", true}};

    const method_frame frame(out, 0, method_id::connection_start_ok);
    wire::length_prefix client_properties(out);
    put_text_field(out, "product", "otp-worker");
    put_text_field(out, "version", OTP_VERSION);
    put_text_field(out, "connection_name", connection_name);
    wire::put_short_string(out, "capabilities");
    out += 'F';
    put_table(out, {}, capabilities);
    client_properties.close();
    wire::put_short_string(out, "PLAIN");
    wire::put_u32(out, static_cast<std::uint32_t>(user.size() + password.size() + 2));
    out += '\0';
    out.append(user);
    out += '\0';
    out.append(password);
    wire::put_short_string(out, "en_US");
}

void put_tune_ok(
    std::string& out,
    std::uint16_t channel_max,
    std::uint32_t frame_max,
    std::uint16_t heartbeat
) {
    const method_frame frame(out, 0, method_id::connection_tune_ok);
    wire::put_u16(out, channel_max);
    wire::put_u32(out, frame_max);
    wire::put_u16(out, heartbeat);
}

void put_open(std::string& out, std::string_view vhost) {
    const method_frame frame(out, 0, method_id::connection_open);
    wire::put_short_string(out, vhost);
    wire::put_short_string(out, "");
    wire::put_u8(out, 0);
}

void put_connection_close(std::string& out, std::uint16_t code, std::string_view text) {
    put_close(out, 0, method_id::connection_close, code, text);
}

void put_channel_close(std::string& out, std::uint16_t channel, std::string_view text) {
    constexpr std::uint16_t reply_success = 200;
    put_close(out, channel, method_id::channel_close, reply_success, text);
}

void put_flow_ok(std::string& out, std::uint16_t channel, bool active) {
    const method_frame frame(out, channel, method_id::channel_flow_ok);
    wire::put_u8(out, active ? 1 : 0);
}

void put_plain(std::string& out, std::uint16_t channel, method_id id) {
    const method_frame frame(out, channel, id);
    if (id == method_id::channel_open || id == method_id::confirm_select)
        wire::put_u8(out, 0);  // an empty string, or no bits
}

void put_exchange_declare(
    std::string& out,
    std::uint16_t channel,
    std::string_view name,
    std::string_view kind
) {
    const method_frame frame(out, channel, method_id::exchange_declare);
    wire::put_u16(out, reserved_ticket);
    wire::put_short_string(out, name);
    wire::put_short_string(out, kind);
    wire::put_u8(out, durable);
    put_table(out, {}, {});
}

void put_queue_declare(
    std::string& out,
    std::uint16_t channel,
    std::string_view name,
    const table& arguments
) {
    const method_frame frame(out, channel, method_id::queue_declare);
    wire::put_u16(out, reserved_ticket);
    wire::put_short_string(out, name);
    wire::put_u8(out, durable);
    put_table(out, {}, arguments);
}

void put_queue_look(std::string& out, std::uint16_t channel, std::string_view name) {
    constexpr std::uint8_t passive = 1;
    const method_frame frame(out, channel, method_id::queue_declare);
    wire::put_u16(out, reserved_ticket);
    wire::put_short_string(out, name);
    wire::put_u8(out, passive);
    put_table(out, {}, {});
}

void put_queue_bind(
    std::string& out,
    std::uint16_t channel,
    std::string_view queue,
    std::string_view exchange,
    std::string_view routing_key
) {
    const method_frame frame(out, channel, method_id::queue_bind);
    wire::put_u16(out, reserved_ticket);
    wire::put_short_string(out, queue);
    wire::put_short_string(out, exchange);
    wire::put_short_string(out, routing_key);
    wire::put_u8(out, 0);
    put_table(out, {}, {});
}

void put_qos(std::string& out, std::uint16_t channel, std::uint16_t prefetch) {
    const method_frame frame(out, channel, method_id::basic_qos);
    wire::put_u32(out, 0);  // no limit in octets; RabbitMQ has none
    wire::put_u16(out, prefetch);
    wire::put_u8(out, 0);
}

void put_consume(
    std::string& out,
    std::uint16_t channel,
    std::string_view queue,
    std::string_view consumer_tag
) {
    const method_frame frame(out, channel, method_id::basic_consume);
    wire::put_u16(out, reserved_ticket);
    wire::put_short_string(out, queue);
    wire::put_short_string(out, consumer_tag);
    wire::put_u8(out, 0);
    put_table(out, {}, {});
}

void put_cancel(std::string& out, std::uint16_t channel, std::string_view consumer_tag) {
    const method_frame frame(out, channel, method_id::basic_cancel);
    wire::put_short_string(out, consumer_tag);
    wire::put_u8(out, 0);
}

void put_ack(std::string& out, std::uint16_t channel, std::uint64_t tag, bool multiple) {
    const method_frame frame(out, channel, method_id::basic_ack);
    wire::put_u64(out, tag);
    wire::put_u8(out, multiple ? 1 : 0);
}

void put_requeue(std::string& out, std::uint16_t channel, std::uint64_t tag) {
    constexpr std::uint8_t requeue_bit = 0x02;
    const method_frame frame(out, channel, method_id::basic_nack);
    wire::put_u64(out, tag);
    wire::put_u8(out, requeue_bit);
}

}  // namespace otp::amqp
