#pragma once

#include "sandbox/form.hpp"
#include "sandbox/message.hpp"

#include <string>
#include <string_view>

namespace otp::sandbox {

// What a provider looks at in an HTTP request. The texts are looked at during the call only.
struct request {
    std::string_view authorization;  // header
    std::string_view api_key;        // header `apikey`
    std::string_view content_type;
    std::string_view query;  // raw
    std::string_view body;
};

struct answer {
    unsigned status = 200;
    std::string body;
    std::string content_type = "application/json";
    fields headers;
};

// What happens to the answer of a send on its way back.
enum class line_fault {
    none,
    silence,  // no answer comes; the connection stays open
    close,    // the connection is closed without an answer
    half,     // the connection is closed in the middle of the answer
};

// The end of a send request.
struct reply {
    answer says;
    message_ptr accepted;  // null where nothing was made
    line_fault line = line_fault::none;
};

// True for "application/x-www-form-urlencoded", with or without parameters.
bool is_form(std::string_view content_type);

// Digits of a number with country code and no plus: 8 to 15, the first not 0.
bool is_number_digits(std::string_view text);

// The same behind a plus.
bool is_e164(std::string_view text);

// The approved WhatsApp template of the sandbox, filled in.
std::string filled_template(std::string_view first_variable);

}  // namespace otp::sandbox
