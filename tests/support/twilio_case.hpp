#pragma once

#include "worker/provider/twilio.hpp"

#include <string>

namespace otp::test {

inline const std::string hex32 = "0123456789abcdef0123456789abcdef";
inline const std::string sid = "SM" + hex32;

inline twilio_settings settings() {
    twilio_settings s;
    s.account_sid = "AC" + hex32;
    s.auth_token = secret("token");
    s.phone_number = "+15005550006";
    s.whatsapp_number = "whatsapp:+15005550009";
    s.content_sid = "HX" + hex32;
    return s;
}

}  // namespace otp::test
