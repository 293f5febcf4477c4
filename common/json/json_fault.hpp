#pragma once

#include <string>

namespace otp {

// Why a body is no JSON object in UTF-8. `detail` says where, and no word of the body.
struct json_fault {
    enum class kind { byte_order_mark, not_json, not_utf8, not_an_object };
    kind what;
    std::string detail;  // "body: byte 17: Invalid value."
};

}  // namespace otp
