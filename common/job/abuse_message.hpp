#pragma once

#include "common/amqp/codec/message.hpp"

#include <chrono>
#include <string>

namespace otp {

// What consumers of exchange otp.events are told where too few texts to a country, or asked for by
// a network, are followed by the right code. No number and no code.
struct abuse_event {
    std::string tenant;
    std::string kind;     // "country" or "ip"
    std::string subject;  // "GB", "203.0.113.0/24"
    std::string span;     // the shortest window that is exceeded: "1h", "24h", "14d"
    int unverified = 0;
    int verified = 0;
    int allowed = 0;  // so many unverified ones
    std::chrono::system_clock::time_point at;
};

// Routing key abuse.country or abuse.ip.
amqp::outgoing_message abuse_message(const abuse_event& event);

}  // namespace otp
