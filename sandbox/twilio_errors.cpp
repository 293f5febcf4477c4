#include "sandbox/twilio_errors.hpp"

#include <algorithm>
#include <array>

namespace otp::sandbox {

namespace {

struct error {
    int code;
    unsigned status;
    std::string_view message;
};

// No message holds a character that JSON would want escaped.
constexpr std::array errors{
    error{20001, 400, "Bad request: a parameter or its encoding is not valid"},
    error{20003, 401, "Authenticate"},
    error{20004, 405, "Method not allowed"},
    error{20404, 404, "The requested resource was not found"},
    error{20429, 429, "Too Many Requests"},
    error{20500, 500, "An internal server error has occurred"},
    error{20503, 503, "Service unavailable"},
    error{21211, 400, "The 'To' number is not a valid phone number"},
    error{21212, 400, "The 'From' number is not a valid phone number, shortcode, or sender"},
    error{21408, 400, "Permission to send an SMS has not been enabled for the region of 'To'"},
    error{21602, 400, "Message body is required"},
    error{21603, 400, "A 'From' phone number or a messaging service is required"},
    error{21604, 400, "A 'To' phone number is required"},
    error{21606, 400, "The 'From' number is not a message-capable number of this account"},
    error{21609, 400, "The 'StatusCallback' URL is not a valid URL"},
    error{21610, 400, "Attempt to send to unsubscribed recipient"},
    error{21611, 400, "This 'From' number has exceeded the maximum number of queued messages"},
    error{21612, 400, "Messages cannot be sent with this combination of 'To' and 'From'"},
    error{21614, 400, "'To' number is not a valid mobile number"},
    error{21617, 400, "The message body exceeds the 1600 character limit"},
    error{21624, 400, "The 'ValidityPeriod' must be an integer from 1 to 36000"},
    error{21654, 400, "'ContentVariables' needs a 'ContentSid'"},
    error{21655, 400, "The 'ContentSid' is invalid"},
    error{21656, 400, "The 'ContentVariables' parameter is invalid"},
    error{21701, 404, "The messaging service does not exist"},
    error{21705, 400, "The messaging service SID is invalid"},
    error{30450, 400, "Message blocked: suspected SMS pumping"},
    error{60200, 400, "Invalid parameter"},
    error{60203, 429, "Max send attempts reached"},
    error{60204, 403, "The service does not support this feature"},
    error{60223, 400, "The delivery channel is disabled in the service"},
    error{60410, 403, "The destination is temporarily blocked by the fraud guard"},
    error{60602, 400, "The app hash is for SMS only"},
    error{63007, 400, "No channel was found with the specified 'From' address"},
};

answer error_answer(const error& what, std::string_view message) {
    const auto code = std::to_string(what.code);
    answer says;
    says.status = what.status;
    says.body = "{\"code\":" + code + ",\"message\":\"" + std::string(message) +
                "\",\"more_info\":\"https://www.twilio.com/docs/errors/" + code +
                "\",\"status\":" + std::to_string(what.status) + "}";
    if (what.status == 401)
        says.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Twilio API\"");
    if (what.status == 429)
        says.headers.emplace_back("Retry-After", "2");
    return says;
}

const error& row(int code) {
    const auto found = std::find_if(errors.begin(), errors.end(), [&](const auto& one) {
        return one.code == code;
    });
    return found == errors.end() ? errors.front() : *found;
}

}  // namespace

answer twilio_error(int code) {
    return error_answer(row(code), row(code).message);
}

answer twilio_invalid(std::string_view parameter) {
    return error_answer(row(60200), "Invalid parameter `" + std::string(parameter) + "`");
}

answer twilio_unauthorised(std::string_view why) {
    return error_answer(row(20003), "Authentication Error - " + std::string(why));
}

}  // namespace otp::sandbox
