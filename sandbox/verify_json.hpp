#pragma once

#include "common/core/channel.hpp"
#include "sandbox/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace otp::sandbox {

// One sending of a verification's code.
struct sent_code {
    moment at;
    channel via = channel::sms;
    std::string sid;
};

// A verification that Verify has begun; `sends` has one at least.
struct verification {
    std::string sid;
    std::string service_sid;
    std::string to;
    std::string code;
    std::vector<sent_code> sends;
};

// As Verify's API shows it; the code is not shown.
std::string verification_json(
    const verification& what,
    std::string_view account_sid,
    std::string_view status
);

}  // namespace otp::sandbox
