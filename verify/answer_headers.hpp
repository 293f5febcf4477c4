#pragma once

#include "common/http/server.hpp"

namespace otp {

// What browsers and caches between must be told of every answer, where its handler has not: nothing
// is kept, no type is guessed, no address is passed on; a page loads only from here.
void add_answer_headers(http::server_answer& to);

}  // namespace otp
