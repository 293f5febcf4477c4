#pragma once

#include "common/http/codec/wiped_buffer.hpp"

#include <cstddef>
#include <string_view>

namespace otp::http {

// Reads a body in the chunked coding (RFC 9112, 7.1) as it comes. Extensions and trailers are
// skipped, within bounds.
class chunked_reader {
public:
    enum class progress { more, done, malformed, too_long };

    // A body over `most_bytes` is too_long, as soon as a chunk announces it.
    explicit chunked_reader(std::size_t most_bytes) : left_(most_bytes) {}

    // Appends the payload within `wire` to `body` and returns how many bytes of `wire` were taken:
    // all of them unless the body ended or is refused there.
    std::size_t feed(std::string_view wire, wiped_buffer& body);

    progress state() const noexcept { return state_; }

private:
    enum class part { size, extension, payload, payload_end, trailer };

    void take_control(char c);
    void end_of_line();

    std::size_t left_;
    std::size_t chunk_ = 0;    // bytes of the chunk that are still to come
    std::size_t control_ = 0;  // bytes of the present size line or of all trailers
    bool digits_ = false;
    bool return_ = false;  // the last byte was CR
    part part_ = part::size;
    progress state_ = progress::more;
};

}  // namespace otp::http
