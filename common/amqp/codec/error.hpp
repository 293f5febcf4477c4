#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <system_error>

namespace otp::amqp {

// What can go wrong on our side of the wire. Values 200 to 599 of the same category are the
// broker's reply codes (AMQP 0-9-1, section 1.2.4), as sent in connection.close and channel.close.
enum class errc {
    lost = 1,            // the transport ended, or the channel went with its connection
    heartbeat_timeout,   // the broker was silent for two heartbeat intervals
    protocol,            // the peer sent what AMQP 0-9-1 does not allow, or what we do not support
    consumer_cancelled,  // the broker ended the subscription, usually because the queue is gone
    stopped,             // asked for by us
    timeout,             // a step took longer than it may
    tls,                 // the handshake or the certificate check failed
};

const std::error_category& category() noexcept;
std::error_code make_error_code(errc value) noexcept;

// A failure with the words that explain it: the broker's reply text, or what was attempted.
struct error {
    error() = default;
    error(std::error_code why, std::string detail);
    error(errc why, std::string detail);

    explicit operator bool() const noexcept { return static_cast<bool>(code); }

    // One line for a log: "406 PRECONDITION_FAILED - inequivalent arg 'x-max-length' …",
    // "timeout: AMQP handshake", "connect to localhost:5672: Connection refused";
    // empty where nothing is wrong.
    std::string what() const;

    std::error_code code;
    std::string text;
};

// For a peer that does what AMQP 0-9-1 does not allow, or what we do not support.
error protocol_error(std::string what);

// The error for a close with this reply code.
error broker_reply(std::uint16_t code, std::string text);

template <class T = void>
using result = boost::system::result<T, error>;

}  // namespace otp::amqp
