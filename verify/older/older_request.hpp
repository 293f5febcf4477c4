#pragma once

#include "verify/check/check_request.hpp"
#include "verify/client_body.hpp"
#include "verify/send/send_request.hpp"

#include <string>
#include <string_view>

// What the bodies of the older routes ask; fields they do not know are ignored. No database, no
// broker: what strangers send is read here.
namespace otp::older {

// The job such a body asks for, which the sender dates. A channel that no provider has is refused
// here, because these clients look at no status later.
or_problem<send_job> read_send(
    const client_body& body,
    std::string_view idempotency_key,
    const std::string& tenant,
    const send_defaults& defaults
);

struct older_check {
    std::string written;  // the number as the client wrote it
    number_check asked;
};

// A code may be a JSON number, which gets its zeros back up to the usual length of a code; blanks
// in a text of one are dropped.
or_problem<older_check> read_check(const secret& text, const send_defaults& defaults);

// The 200 of a right code, with the number as the client wrote it.
http::server_answer verified_answer(std::string_view written);

}  // namespace otp::older
