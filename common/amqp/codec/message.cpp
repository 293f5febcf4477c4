#include "common/amqp/codec/message.hpp"

#include "common/amqp/codec/method.hpp"
#include "common/amqp/codec/wire.hpp"

#include <algorithm>
#include <utility>

namespace otp::amqp {

namespace {

constexpr std::uint16_t class_basic = 60;

void put_content_header(
    std::string& out,
    std::uint16_t channel,
    std::uint64_t body_size,
    const message_properties& properties
) {
    wire::frame_writer header(out, wire::frame_type::header, channel);
    wire::put_u16(out, class_basic);
    wire::put_u16(out, 0);
    wire::put_u64(out, body_size);
    put_properties(out, properties);
    header.close();
}

}  // namespace

void put_message(
    std::string& out,
    std::uint16_t channel,
    std::uint32_t frame_max,
    const outgoing_message& message
) {
    wire::frame_writer publish(out, wire::frame_type::method, channel);
    wire::put_u32(out, static_cast<std::uint32_t>(method_id::basic_publish));
    wire::put_u16(out, 0);
    wire::put_short_string(out, message.exchange);
    wire::put_short_string(out, message.routing_key);
    wire::put_u8(out, message.mandatory ? 1 : 0);
    publish.close();

    const std::size_t header_at = out.size();
    put_content_header(out, channel, message.body.size(), message.properties);
    if (out.size() - header_at > frame_max) {
        // A header cannot be spread over frames, and one that is too long costs the connection.
        out.resize(header_at);
        message_properties shorter = message.properties;
        shorter.raw_headers.clear();
        put_content_header(out, channel, message.body.size(), shorter);
    }

    const std::size_t step = frame_max - wire::frame_overhead;
    for (std::string_view rest = message.body; !rest.empty();) {
        const std::string_view piece = rest.substr(0, step);
        wire::frame_writer body(out, wire::frame_type::body, channel);
        out.append(piece);
        body.close();
        rest.remove_prefix(piece.size());
    }
}

void content_assembler::begin(delivery blank) {
    message_ = std::move(blank);
    expected_ = a_header;
}

content_assembler::progress content_assembler::header(std::string_view payload) {
    if (expected_ != a_header)
        return progress::malformed;
    wire::reader in(payload);
    const std::uint16_t class_id = in.u16();
    in.u16();  // weight, unused
    left_ = message_.body_size = in.u64();
    if (!in.ok() || class_id != class_basic || !read_properties(in.rest(), message_.properties))
        return progress::malformed;
    message_.truncated = left_ > body_limit_;
    message_.body.reserve(std::min<std::uint64_t>(left_, body_limit_));
    expected_ = a_body;
    return finished_if_complete();
}

content_assembler::progress content_assembler::body(std::string_view payload) {
    if (expected_ != a_body || payload.size() > left_)
        return progress::malformed;
    left_ -= payload.size();
    message_.body.append(payload.substr(0, body_limit_ - message_.body.size()));
    return finished_if_complete();
}

content_assembler::progress content_assembler::finished_if_complete() {
    if (left_ != 0)
        return progress::unfinished;
    expected_ = nothing;
    return progress::finished;
}

}  // namespace otp::amqp
