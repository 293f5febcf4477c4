#pragma once

#include "verify/client_body.hpp"
#include "verify/problem.hpp"

#include <optional>
#include <string>
#include <string_view>

// The routes of older, smaller services, so that their clients can move here without a change.
namespace otp::older {

// The number as the client wrote it, from phone_number or to; empty where neither is a text.
std::optional<std::string_view> written_number(const client_body& body);

// purpose, or "default"; a problem where it breaks its rule.
or_problem<std::string> purpose_of(const client_body& body);

// 400, 429 and 503 as those services wrote them; anything else is a problem of /v1.
http::server_answer refused_send(const problem& why);
http::server_answer refused_check(const problem& why);

// The one answer to a wrong, expired, used and unknown code.
http::server_answer not_verified();

}  // namespace otp::older
