#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace otp {

// Where requests go: "https://api.gupshup.io" and "/wa/api/v1/template/msg".
struct endpoint {
    std::string origin;  // scheme://host[:port] as written
    std::string path;    // empty, or begins with / and does not end with one
};

// Reads http:// and https:// URLs of visible ASCII characters, without user, query and fragment;
// anything else is empty. Nothing read here can break a request line or a head line.
std::optional<endpoint> parse_endpoint(std::string_view url);

}  // namespace otp
