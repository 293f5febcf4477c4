#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Octets of AMQP 0-9-1: integers in network order, strings with their length in front, frames.
// https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf sections 2.3.5 and 4.2.
namespace otp::amqp::wire {

// 7 octets of frame header and the end octet 0xCE.
inline constexpr std::size_t frame_overhead = 8;
// The least a peer must be able to take (section 1.4.2.5.2).
inline constexpr std::uint32_t frame_min_size = 4096;
// What a short string can hold.
inline constexpr std::size_t short_string_limit = 255;

enum class frame_type : std::uint8_t { method = 1, header = 2, body = 3, heartbeat = 8 };

// Views into the buffer it was read from.
struct frame {
    frame_type type{};
    std::uint16_t channel = 0;
    std::string_view payload;
};

enum class framing { need_more, ok, malformed };

// Takes one frame off the front of `in`. Malformed: longer than `longest` octets in all, or
// without its end octet; `in` stays as it is then.
framing next_frame(std::string_view& in, std::uint32_t longest, frame& out);

// Reads from the front. Past the end it gives zeros and empty strings, and ok() turns false: read
// all, ask once.
class reader {
public:
    explicit reader(std::string_view octets) : rest_(octets) {}

    std::uint8_t u8();
    std::uint16_t u16();
    std::uint32_t u32();
    std::uint64_t u64();
    std::string_view bytes(std::size_t count);
    std::string_view short_string() { return bytes(u8()); }
    std::string_view long_string() { return bytes(u32()); }

    bool ok() const noexcept { return ok_; }
    bool at_end() const noexcept { return rest_.empty(); }
    std::string_view rest() const noexcept { return rest_; }

private:
    std::uint64_t integer(std::size_t width);

    std::string_view rest_;
    bool ok_ = true;
};

// Appends to `out`.
void put_u8(std::string& out, std::uint8_t value);
void put_u16(std::string& out, std::uint16_t value);
void put_u32(std::string& out, std::uint32_t value);
void put_u64(std::string& out, std::uint64_t value);
// Throws std::length_error over 255 octets: names come from configuration or were read off the
// wire.
void put_short_string(std::string& out, std::string_view text);
void put_long_string(std::string& out, std::string_view text);

// Writes the header of one frame, and with close() its length and end octet.
class frame_writer {
public:
    frame_writer(std::string& out, frame_type type, std::uint16_t channel);
    void close();

private:
    std::string& out_;
    std::size_t begin_;
};

// A four octet length to be filled in once what follows it is written.
class length_prefix {
public:
    explicit length_prefix(std::string& out);
    void close();

private:
    std::string& out_;
    std::size_t at_;
};

}  // namespace otp::amqp::wire
