#pragma once

#include "sandbox/inbox.hpp"
#include "sandbox/twilio_json.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace otp::sandbox {

// What a list of Twilio's messages is asked for.
struct twilio_list_query {
    selection
        wanted;  // one message more than a page holds: whether there is one tells of a next page
    twilio_page page;
};

// Reads the query of GET Messages.json: To, From, DateSent with its operators in the name
// ("DateSent>"), PageSize, and Page and PageToken as the links of an earlier page hold them. Empty
// where a value is none. DateSent compares with the time when a message was sent, so those still
// queued never match.
std::optional<twilio_list_query> read_twilio_list_query(
    std::string_view query,
    moment now,
    std::chrono::milliseconds pace
);

}  // namespace otp::sandbox
