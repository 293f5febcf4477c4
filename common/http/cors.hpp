#pragma once

#include "common/http/server.hpp"

#include <string>
#include <string_view>
#include <vector>

// Cross-origin calls of browsers (the Fetch standard): which pages may read our answers.
namespace otp::http {

// "https://app.example.com", or "*" for every page. Empty: no other page may, and nothing is said.
using allowed_origins = std::vector<std::string>;

// Whether it is "*", or scheme, host and port as a browser sends them: in lower case, no path, the
// scheme's own port left out.
bool is_origin(std::string_view text);

// What tells the browser that the page which asked may read this answer. No credentials: a key
// comes in Authorization, never in a cookie.
void allow_origin(
    const allowed_origins& origins,
    const server_request& request,
    server_answer& answer
);

// Whether a page of another site asks that is not listed, be it by a script, a form or an image:
// what browsers say of it in Sec-Fetch-Site. Those before 2023 may not say it; programs never do.
bool is_of_unlisted_site(const allowed_origins& origins, const server_request& request);

// The answer to the question that browsers ask before a call with a key or a JSON body; `methods`
// are those of the path, as in "GET, POST".
server_answer preflight_answer(std::string_view methods);

}  // namespace otp::http
