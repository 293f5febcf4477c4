#include "common/amqp/codec/properties.hpp"

#include "common/amqp/codec/wire.hpp"

namespace otp::amqp {

namespace {

// Class basic has 14 properties; the first has the highest bit. The lowest bit would announce
// another word of flags, the one above it does not exist.
enum flag : std::uint16_t {
    has_content_type = 0x8000,
    has_content_encoding = 0x4000,
    has_headers = 0x2000,
    has_delivery_mode = 0x1000,
    has_priority = 0x0800,
    has_correlation_id = 0x0400,
    has_reply_to = 0x0200,
    has_expiration = 0x0100,
    has_message_id = 0x0080,
    has_timestamp = 0x0040,
    has_type = 0x0020,
    has_user_id = 0x0010,
    has_app_id = 0x0008,
    has_cluster_id = 0x0004,
    has_unknown = 0x0003,
};

std::uint16_t flags_of(const message_properties& p) {
    unsigned flags = 0;
    const auto note = [&flags](bool present, flag which) {
        if (present)
            flags |= which;
    };
    note(!p.content_type.empty(), has_content_type);
    note(!p.content_encoding.empty(), has_content_encoding);
    note(!p.raw_headers.empty() || !p.headers.empty(), has_headers);
    note(p.delivery_mode != 0, has_delivery_mode);
    note(p.priority.has_value(), has_priority);
    note(!p.correlation_id.empty(), has_correlation_id);
    note(!p.reply_to.empty(), has_reply_to);
    note(!p.expiration.empty(), has_expiration);
    note(!p.message_id.empty(), has_message_id);
    note(p.timestamp.has_value(), has_timestamp);
    note(!p.type.empty(), has_type);
    note(!p.app_id.empty(), has_app_id);
    return static_cast<std::uint16_t>(flags);
}

}  // namespace

void put_properties(std::string& out, const message_properties& p) {
    const std::uint16_t flags = flags_of(p);
    wire::put_u16(out, flags);
    const auto put = [&](flag which, const std::string& text) {
        if (flags & which)
            wire::put_short_string(out, text);
    };
    put(has_content_type, p.content_type);
    put(has_content_encoding, p.content_encoding);
    if (flags & has_headers)
        put_table(out, p.raw_headers, p.headers);
    if (flags & has_delivery_mode)
        wire::put_u8(out, p.delivery_mode);
    if (flags & has_priority)
        wire::put_u8(out, *p.priority);
    put(has_correlation_id, p.correlation_id);
    put(has_reply_to, p.reply_to);
    put(has_expiration, p.expiration);
    put(has_message_id, p.message_id);
    if (flags & has_timestamp)
        wire::put_u64(out, *p.timestamp);
    put(has_type, p.type);
    put(has_app_id, p.app_id);
}

bool read_properties(std::string_view octets, message_properties& p) {
    wire::reader in(octets);
    const std::uint16_t flags = in.u16();
    if (flags & has_unknown)
        return false;
    const auto read = [&](flag which, std::string& text) {
        if (flags & which)
            text = in.short_string();
    };
    read(has_content_type, p.content_type);
    read(has_content_encoding, p.content_encoding);
    if (flags & has_headers)
        p.raw_headers = in.long_string();
    p.delivery_mode = flags & has_delivery_mode ? in.u8() : std::uint8_t{0};
    if (flags & has_priority)
        p.priority = in.u8();
    read(has_correlation_id, p.correlation_id);
    read(has_reply_to, p.reply_to);
    read(has_expiration, p.expiration);
    read(has_message_id, p.message_id);
    if (flags & has_timestamp)
        p.timestamp = in.u64();
    read(has_type, p.type);
    std::string dropped;
    read(has_user_id, dropped);
    read(has_app_id, p.app_id);
    read(has_cluster_id, dropped);
    return in.ok() && in.at_end() && well_formed(p.raw_headers);
}

}  // namespace otp::amqp
