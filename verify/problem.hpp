#pragma once

#include "common/core/uuid.hpp"
#include "common/http/server.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// What is wrong with one field of a request; never its value.
struct field_problem {
    std::string field;   // empty where it is the body as a whole
    std::string code;    // a word of docs/errors.md
    std::string detail;  // what was expected
};

// Why a request was refused, in the words its client gets.
struct problem {
    problem() = default;  // asked for by boost::system::result
    problem(unsigned http_status, std::string_view word, std::string what)
        : status(http_status),
          code(word),
          detail(std::move(what)) {}

    unsigned status = 500;
    std::string code;
    std::string detail;
    std::vector<field_problem> errors;
    std::optional<std::chrono::seconds> retry_after;  // every 429 and 503 has one
    std::string rule;                                 // of rate_limited
    std::optional<uuid> request_id;                   // of a send that may be repeated
};

template <class T>
using or_problem = boost::system::result<T, problem>;

// 400 with the fields that are wrong, the first 20 of them.
problem invalid_request(std::vector<field_problem> errors);

// 404; also for what belongs to another tenant.
problem not_found(std::string_view what);

// 503: the database did not answer.
problem store_unavailable();

// Whole seconds, at least 1, so that who comes back then is not too early.
std::chrono::seconds whole_seconds(std::chrono::milliseconds span);

// RFC 9457: application/problem+json.
http::server_answer answer_of(const problem& why);

// The header fields that go with a refusal, whatever its body looks like.
void add_retry_after(http::server_answer& to, const problem& why);

}  // namespace otp
