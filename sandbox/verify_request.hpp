#pragma once

#include "common/core/channel.hpp"
#include "sandbox/answer.hpp"
#include "sandbox/form.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace otp::sandbox {

// A request to start a verification that Twilio Verify takes.
struct verify_send {
    channel via = channel::sms;
    std::string to;    // E.164
    std::string code;  // empty: Verify makes one
};

// The send, or Verify's answer to the first thing that is wrong with the fields.
// https://www.twilio.com/docs/verify/api/verification
boost::system::result<verify_send, answer> read_verify_send(const fields& form);

}  // namespace otp::sandbox
