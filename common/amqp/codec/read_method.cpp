#include "common/amqp/codec/method.hpp"
#include "common/amqp/codec/wire.hpp"

namespace otp::amqp {

namespace {

void read_close(wire::reader& in, method& m) {
    m.reply_code = in.u16();
    m.reply_text = in.short_string();
    in.u16();  // class and method that caused it
    in.u16();
}

void read_start(wire::reader& in, method& m) {
    in.u16();          // protocol version
    in.long_string();  // server properties
    m.mechanisms = in.long_string();
    in.long_string();  // locales
}

void read_tune(wire::reader& in, method& m) {
    m.channel_max = in.u16();
    m.frame_max = in.u32();
    m.heartbeat = in.u16();
}

void read_return(wire::reader& in, method& m) {
    m.reply_code = in.u16();
    m.reply_text = in.short_string();
    m.exchange = in.short_string();
    m.routing_key = in.short_string();
}

void read_deliver(wire::reader& in, method& m) {
    in.short_string();  // consumer tag
    m.tag = in.u64();
    m.redelivered = (in.u8() & 1) != 0;
    m.exchange = in.short_string();
    m.routing_key = in.short_string();
}

void read_settlement(wire::reader& in, method& m) {
    m.tag = in.u64();
    m.multiple = (in.u8() & 1) != 0;
}

}  // namespace

bool read_method(std::string_view payload, method& m) {
    wire::reader in(payload);
    m = method{};
    m.id = static_cast<method_id>(in.u32());
    switch (m.id) {
    case method_id::connection_start:
        read_start(in, m);
        break;
    case method_id::connection_tune:
        read_tune(in, m);
        break;
    case method_id::connection_close:
    case method_id::channel_close:
        read_close(in, m);
        break;
    case method_id::connection_blocked:
        m.reply_text = in.short_string();
        break;
    case method_id::channel_flow:
        m.active = (in.u8() & 1) != 0;
        break;
    case method_id::queue_declare_ok:
        in.short_string();
        m.message_count = in.u32();
        m.consumer_count = in.u32();
        break;
    case method_id::basic_return:
        read_return(in, m);
        break;
    case method_id::basic_deliver:
        read_deliver(in, m);
        break;
    case method_id::basic_ack:
    case method_id::basic_nack:
        read_settlement(in, m);
        break;
    case method_id::connection_open_ok:
    case method_id::basic_consume_ok:
    case method_id::basic_cancel:
    case method_id::basic_cancel_ok:
        in.short_string();
        break;
    case method_id::channel_open_ok:
        in.long_string();
        break;
    case method_id::connection_close_ok:
    case method_id::connection_unblocked:
    case method_id::channel_close_ok:
    case method_id::exchange_declare_ok:
    case method_id::queue_bind_ok:
    case method_id::basic_qos_ok:
    case method_id::confirm_select_ok:
        break;
    default:
        return false;
    }
    return in.ok();
}

}  // namespace otp::amqp
