#pragma once

#include "verify/client_body.hpp"
#include "verify/problem.hpp"

#include <optional>
#include <string>
#include <string_view>

// The routes of older, smaller services, so that their clients can move here without a change.
namespace otp::older {

// The number as the client wrote it, from phone_number or to, also where it is a JSON number; empty
// where it is missing or something else.
std::optional<std::string> written_number(const client_body& body);

// purpose, or "default"; a problem where it breaks its rule.
or_problem<std::string> purpose_of(const client_body& body);

// 400, 429 and what is our fault, as those services wrote them. Of a send every other refusal is
// 400 too, but for a request_id that was used before: that is a problem of /v1.
http::server_answer refused_send(const problem& why);
http::server_answer refused_check(const problem& why);

// The one answer to a wrong, expired, used and unknown code.
http::server_answer not_verified();
problem wrong_code();

// GET /health.
http::server_answer healthy();

// As the smallest of those services wrote them: {error} with 400 and 404, {message} with 200.
http::server_answer plain_refusal(const problem& why);
http::server_answer plain_message(std::string_view message);

}  // namespace otp::older
