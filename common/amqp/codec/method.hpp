#pragma once

#include "common/amqp/codec/table.hpp"

#include <cstdint>
#include <string>
#include <string_view>

// The methods a client of RabbitMQ needs, out of AMQP 0-9-1 and RabbitMQ's extensions:
// https://www.rabbitmq.com/amqp-0-9-1-reference
namespace otp::amqp {

// Class id in the upper half, method id in the lower.
enum class method_id : std::uint32_t {
    connection_start = 0x000A000A,
    connection_start_ok = 0x000A000B,
    connection_tune = 0x000A001E,
    connection_tune_ok = 0x000A001F,
    connection_open = 0x000A0028,
    connection_open_ok = 0x000A0029,
    connection_close = 0x000A0032,
    connection_close_ok = 0x000A0033,
    connection_blocked = 0x000A003C,
    connection_unblocked = 0x000A003D,
    channel_open = 0x0014000A,
    channel_open_ok = 0x0014000B,
    channel_flow = 0x00140014,
    channel_flow_ok = 0x00140015,
    channel_close = 0x00140028,
    channel_close_ok = 0x00140029,
    exchange_declare = 0x0028000A,
    exchange_declare_ok = 0x0028000B,
    queue_declare = 0x0032000A,
    queue_declare_ok = 0x0032000B,
    queue_bind = 0x00320014,
    queue_bind_ok = 0x00320015,
    basic_qos = 0x003C000A,
    basic_qos_ok = 0x003C000B,
    basic_consume = 0x003C0014,
    basic_consume_ok = 0x003C0015,
    basic_cancel = 0x003C001E,
    basic_cancel_ok = 0x003C001F,
    basic_publish = 0x003C0028,
    basic_return = 0x003C0032,
    basic_deliver = 0x003C003C,
    basic_ack = 0x003C0050,
    basic_nack = 0x003C0078,
    confirm_select = 0x0055000A,
    confirm_select_ok = 0x0055000B,
};

// A method the broker sent, flat: each id fills what it has. Views into the payload it was read
// from.
struct method {
    method_id id{};
    std::uint64_t tag = 0;
    bool multiple = false;
    bool redelivered = false;
    bool active = false;  // channel.flow
    std::uint16_t reply_code = 0;
    std::uint16_t channel_max = 0;
    std::uint16_t heartbeat = 0;
    std::uint32_t frame_max = 0;
    std::uint32_t message_count = 0;
    std::uint32_t consumer_count = 0;
    std::string_view reply_text;  // also the reason of connection.blocked
    std::string_view exchange;
    std::string_view routing_key;
    std::string_view mechanisms;
};

// False where the id is none a broker may send us, or the payload ends early.
bool read_method(std::string_view payload, method& out);

// Each appends one whole frame.
void put_protocol_header(std::string& out);
void put_heartbeat(std::string& out);
void put_start_ok(
    std::string& out,
    std::string_view user,
    std::string_view password,
    std::string_view connection_name
);
void put_tune_ok(
    std::string& out,
    std::uint16_t channel_max,
    std::uint32_t frame_max,
    std::uint16_t heartbeat
);
void put_open(std::string& out, std::string_view vhost);
void put_connection_close(std::string& out, std::uint16_t code, std::string_view text);
void put_channel_close(std::string& out, std::uint16_t channel, std::string_view text);
void put_flow_ok(std::string& out, std::uint16_t channel, bool active);
// For methods whose arguments are all zero or empty: channel.open, confirm.select, close-ok.
void put_plain(std::string& out, std::uint16_t channel, method_id id);

// Exchanges and queues are always durable.
void put_exchange_declare(
    std::string& out,
    std::uint16_t channel,
    std::string_view name,
    std::string_view kind
);
void put_queue_declare(
    std::string& out,
    std::uint16_t channel,
    std::string_view name,
    const table& arguments
);
// Asks for a queue that must be there; the answer says how many messages are ready on it.
void put_queue_look(std::string& out, std::uint16_t channel, std::string_view name);
void put_queue_bind(
    std::string& out,
    std::uint16_t channel,
    std::string_view queue,
    std::string_view exchange,
    std::string_view routing_key
);

void put_qos(std::string& out, std::uint16_t channel, std::uint16_t prefetch);
void put_consume(
    std::string& out,
    std::uint16_t channel,
    std::string_view queue,
    std::string_view consumer_tag
);
void put_cancel(std::string& out, std::uint16_t channel, std::string_view consumer_tag);
void put_ack(std::string& out, std::uint16_t channel, std::uint64_t tag, bool multiple);
void put_requeue(std::string& out, std::uint16_t channel, std::uint64_t tag);  // basic.nack

}  // namespace otp::amqp
