#pragma once

#include "common/amqp/codec/table.hpp"

#include <cstdint>
#include <string>
#include <string_view>

// The words for what others wrote. A message on otp.dead may hold anything anywhere: a number where
// a name should be, or what makes a terminal obey.
namespace otp {

// The last second that a time_point can hold.
inline constexpr std::uint64_t latest_second = 9'223'372'036;

// One word, such as a name, an id or a time, where it can hold no number; else how long it is.
std::string shown_word(std::string_view text);

// A sentence, cut to 300 bytes, in plain characters, long numbers hidden.
std::string shown_text(std::string_view text);

// `over_delivered` for the broker's "delivery_limit", `expired_in_queue` for its "expired"; the
// others are no verdicts of queues as the product declares them.
std::string reason_of(const amqp::death& death);

// "given back too often on otp.send, first at 2026-11-28T02:16:41.000Z, 1 time"
std::string in_words(const amqp::death& death);

}  // namespace otp
