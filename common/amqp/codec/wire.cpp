#include "common/amqp/codec/wire.hpp"

#include <stdexcept>

namespace otp::amqp::wire {

namespace {

constexpr std::size_t frame_header = 7;
constexpr char frame_end = static_cast<char>(0xCE);

void put_integer(std::string& out, std::uint64_t value, unsigned width) {
    for (unsigned shift = 8 * width; shift != 0;) {
        shift -= 8;
        out.push_back(static_cast<char>(value >> shift & 0xFF));
    }
}

void overwrite_u32(std::string& out, std::size_t at, std::size_t value) {
    for (unsigned i = 0; i < 4; ++i)
        out[at + i] = static_cast<char>(value >> (24 - 8 * i) & 0xFF);
}

}  // namespace

framing next_frame(std::string_view& in, std::uint32_t longest, frame& out) {
    if (in.size() < frame_header)
        return framing::need_more;
    reader head(in.substr(0, frame_header));
    const auto type = static_cast<frame_type>(head.u8());
    const std::uint16_t channel = head.u16();
    const std::size_t length = head.u32();
    if (length + frame_overhead > longest)
        return framing::malformed;
    if (in.size() < length + frame_overhead)
        return framing::need_more;
    if (in[frame_header + length] != frame_end)
        return framing::malformed;
    out = frame{type, channel, in.substr(frame_header, length)};
    in.remove_prefix(length + frame_overhead);
    return framing::ok;
}

std::string_view reader::bytes(std::size_t count) {
    if (count > rest_.size()) {
        ok_ = false;
        rest_ = {};
        return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
}

std::uint64_t reader::integer(std::size_t width) {
    std::uint64_t value = 0;
    for (const char octet : bytes(width))
        value = value << 8 | static_cast<unsigned char>(octet);
    return value;
}

std::uint8_t reader::u8() {
    return static_cast<std::uint8_t>(integer(1));
}
std::uint16_t reader::u16() {
    return static_cast<std::uint16_t>(integer(2));
}
std::uint32_t reader::u32() {
    return static_cast<std::uint32_t>(integer(4));
}
std::uint64_t reader::u64() {
    return integer(8);
}

void put_u8(std::string& out, std::uint8_t value) {
    put_integer(out, value, 1);
}
void put_u16(std::string& out, std::uint16_t value) {
    put_integer(out, value, 2);
}
void put_u32(std::string& out, std::uint32_t value) {
    put_integer(out, value, 4);
}
void put_u64(std::string& out, std::uint64_t value) {
    put_integer(out, value, 8);
}

void put_short_string(std::string& out, std::string_view text) {
    if (text.size() > short_string_limit)
        throw std::length_error(
            "AMQP short string of " + std::to_string(text.size()) + " octets; at most 255 fit"
        );
    put_u8(out, static_cast<std::uint8_t>(text.size()));
    out.append(text);
}

void put_long_string(std::string& out, std::string_view text) {
    put_u32(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

frame_writer::frame_writer(std::string& out, frame_type type, std::uint16_t channel)
    : out_(out),
      begin_(out.size()) {
    put_u8(out_, static_cast<std::uint8_t>(type));
    put_u16(out_, channel);
    put_u32(out_, 0);
}

void frame_writer::close() {
    overwrite_u32(out_, begin_ + 3, out_.size() - begin_ - frame_header);
    out_.push_back(frame_end);
}

length_prefix::length_prefix(std::string& out) : out_(out), at_(out.size()) {
    put_u32(out_, 0);
}

void length_prefix::close() {
    overwrite_u32(out_, at_, out_.size() - at_ - 4);
}

}  // namespace otp::amqp::wire
