#include "common/http/codec/chunked.hpp"

#include "common/core/hex.hpp"

#include <algorithm>

namespace otp::http {
namespace {

// Enough for any size line or set of trailers met in practice; no more than a header line may be.
constexpr std::size_t most_control_bytes = 4096;

}  // namespace

std::size_t chunked_reader::feed(std::string_view wire, wiped_buffer& body) {
    std::size_t at = 0;
    while (at < wire.size() && state_ == progress::more) {
        if (part_ == part::payload) {
            const std::size_t count = std::min(chunk_, wire.size() - at);
            body.append(wire.substr(at, count));
            at += count;
            chunk_ -= count;
            if (chunk_ == 0)
                part_ = part::payload_end;
        } else {
            take_control(wire[at++]);
        }
    }
    return at;
}

void chunked_reader::take_control(char c) {
    if (++control_ > most_control_bytes) {
        state_ = progress::malformed;
        return;
    }
    if (return_) {
        return_ = false;
        if (c == '\n')
            end_of_line();
        else
            state_ = progress::malformed;
        return;
    }
    if (c == '\r') {
        return_ = true;
        return;
    }
    switch (part_) {
    case part::size:
        if (const int value = hex_value(c); value >= 0) {
            digits_ = true;
            chunk_ = chunk_ * 16 + static_cast<std::size_t>(value);
            if (chunk_ > left_)  // looked at per digit, so that the size cannot wrap around
                state_ = progress::too_long;
        } else if (digits_ && (c == ';' || c == ' ' || c == '\t')) {
            part_ = part::extension;
        } else {
            state_ = progress::malformed;
        }
        return;
    case part::extension:
    case part::trailer:
        if (c == '\n')
            state_ = progress::malformed;
        digits_ = true;  // of a trailer: the line is not empty
        return;
    case part::payload_end:
    case part::payload:
        state_ = progress::malformed;
        return;
    }
}

void chunked_reader::end_of_line() {
    switch (part_) {
    case part::size:
    case part::extension:
        if (!digits_) {
            state_ = progress::malformed;
            return;
        }
        left_ -= chunk_;
        part_ = chunk_ == 0 ? part::trailer : part::payload;
        break;
    case part::payload_end:
        part_ = part::size;
        break;
    case part::trailer:
        if (!digits_)
            state_ = progress::done;
        digits_ = false;
        return;  // trailers share one allowance
    case part::payload:
        break;
    }
    digits_ = false;
    control_ = 0;
}

}  // namespace otp::http
