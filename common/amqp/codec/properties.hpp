#pragma once

#include "common/amqp/codec/table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otp::amqp {

// The properties of a message, as read and as written. Empty strings are not sent. All but the
// headers are at most 255 octets long.
//
// Sending on what was received keeps everything but `user-id`, which the broker would refuse from
// another user than the one who set it.
struct message_properties {
    message_properties() {
    }  // not an aggregate: g++ 12 destroys those twice in co_await expressions

    std::string content_type;
    std::string content_encoding;
    std::uint8_t delivery_mode = 2;  // 1 transient, 2 persistent, 0 not sent
    std::optional<std::uint8_t> priority;
    std::string correlation_id;
    std::string reply_to;
    std::string expiration;  // milliseconds in decimal
    std::string message_id;
    std::optional<std::uint64_t> timestamp;  // seconds since 1970
    std::string type;
    std::string app_id;
    std::string raw_headers;  // octets of the header entries as received, see table.hpp
    table headers;            // to be added when sending
};

// Appends property flags and properties of a content header (section 4.2.6.1).
void put_properties(std::string& out, const message_properties& properties);

// Reads what put_properties writes. False where it is cut short, has unknown flags, or its header
// table is not well formed.
bool read_properties(std::string_view octets, message_properties& out);

}  // namespace otp::amqp
