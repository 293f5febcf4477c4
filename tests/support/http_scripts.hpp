#pragma once

#include "tests/support/http_scripted_server.hpp"

#include <string>

namespace otp::test {

inline const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers every request of a connection.
inline void answer_all(peer& other) {
    while (!other.read_request().empty())
        other.send(ok);
}

inline scripted_server::script say(std::string text) {
    return [text](peer& other) {
        other.read_request();
        other.send(text);
    };
}

}  // namespace otp::test
