#pragma once

#include "common/core/channel.hpp"
#include "common/core/secret.hpp"
#include "sandbox/form.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace otp::sandbox {

// The account that the sandbox plays. What is empty is not compared: any well-formed value will do.
struct twilio_account {
    std::string sid;
    secret auth_token;
    std::string api_key;
    secret api_secret;
    std::string phone_number;
    std::string messaging_service_sid;
    std::string whatsapp_number;  // with or without `whatsapp:`
    std::string content_sid;
    std::string verify_service_sid;
};

// A send request that Twilio takes.
struct twilio_send {
    channel via = channel::sms;
    std::string to;    // E.164
    std::string from;  // without `whatsapp:`; empty where the messaging service chooses
    std::string text;  // the template filled where there is one
    std::string messaging_service_sid;
    std::string callback_url;
    bool by_template = false;
};

// The send, or Twilio's code for the first thing that is wrong with the fields.
// https://www.twilio.com/docs/messaging/api/message-resource
boost::system::result<twilio_send, int> read_twilio_send(
    const fields& form,
    const twilio_account& account
);

}  // namespace otp::sandbox
