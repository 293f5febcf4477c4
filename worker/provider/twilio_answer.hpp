#pragma once

#include "common/http/client.hpp"
#include "common/provider/outcome.hpp"

#include <rapidjson/document.h>

#include <functional>
#include <string>
#include <string_view>

namespace otp {

// What the answers of Twilio's APIs share.

// The body's error code, or empty. Twilio writes an integer.
std::string twilio_code_in(const rapidjson::Value& body, std::string_view name);

// An answer that is no 2xx, by its code where the status leaves no doubt, else by its status.
outcome read_twilio_error(unsigned status, const rapidjson::Value& body);

using twilio_reader = std::function<outcome(unsigned status, const rapidjson::Value& body)>;

// An answer to a send: `created` reads the object of a 2xx, `refused` any other answer.
outcome read_twilio_answer(
    const http::call_result& result,
    const twilio_reader& created,
    const twilio_reader& refused
);

}  // namespace otp
