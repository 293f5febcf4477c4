#pragma once

#include "sandbox/inbox.hpp"
#include "sandbox/message.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace otp::sandbox {

// Twilio's word for it: a message of a messaging service starts as `accepted`, not `queued`.
std::string_view twilio_status(const message& what, status reached);

// A message as Twilio's REST API shows it at `now`.
std::string twilio_message_json(
    const message& what,
    std::string_view account_sid,
    moment now,
    std::chrono::milliseconds pace
);

struct twilio_page {
    std::string path;     // of the list
    std::string filters;  // query without the paging parameters, encoded; may be empty
    std::size_t number = 0;
    std::size_t size = 50;
    std::string token;                          // that led to this page; empty for the first
    std::string next_token;                     // empty on the last
    std::optional<std::string> previous_token;  // an empty text leads to the newest; none: no page
};

// A page of messages, with the links that Twilio's client libraries follow.
std::string twilio_list_json(
    const std::vector<message_ptr>& messages,
    const twilio_page& page,
    std::string_view account_sid,
    moment now,
    std::chrono::milliseconds pace
);

}  // namespace otp::sandbox
