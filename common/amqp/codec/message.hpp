#pragma once

#include "common/amqp/codec/properties.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace otp::amqp {

// How much of a body is kept unless told otherwise: the largest job there is (64 KiB).
inline constexpr std::size_t default_body_limit = 64 * 1024;

// A message as the broker delivered it.
struct delivery {
    delivery() {}

    std::uint64_t tag = 0;
    std::uint64_t epoch = 0;  // the subscription it came by; acks of an older one are dropped
    bool redelivered = false;
    std::string exchange;
    std::string routing_key;
    message_properties properties;
    std::string body;             // at most the session's body limit; the rest was thrown away
    std::uint64_t body_size = 0;  // octets as announced by the broker
    bool truncated = false;       // body.size() < body_size
};

// A message to be published.
struct outgoing_message {
    outgoing_message() {}

    std::string exchange;
    std::string routing_key;
    // The broker must put it into a queue, else it is unroutable. Off only where nothing needs to
    // listen.
    bool mandatory = true;
    message_properties properties;
    std::string body;
};

// Appends method, header and body frames. `frame_max` is what was agreed on, at least 4096. Where
// the received headers and those added do not fit into one frame together, only the latter are
// sent: it cannot be done otherwise, and a message that can never be put aside is worse.
void put_message(
    std::string& out,
    std::uint16_t channel,
    std::uint32_t frame_max,
    const outgoing_message& message
);

// Puts the content of one message together from its header and body frames.
class content_assembler {
public:
    explicit content_assembler(std::size_t body_limit) : body_limit_(body_limit) {}

    enum class progress { unfinished, finished, malformed };

    // `blank` has what the method said; the rest is filled in.
    void begin(delivery blank);
    progress header(std::string_view payload);
    progress body(std::string_view payload);

    bool active() const noexcept { return expected_ != nothing; }
    delivery take() { return std::move(message_); }

private:
    enum expectation { nothing, a_header, a_body };

    progress finished_if_complete();

    std::size_t body_limit_;
    expectation expected_ = nothing;
    std::uint64_t left_ = 0;
    delivery message_;
};

}  // namespace otp::amqp
