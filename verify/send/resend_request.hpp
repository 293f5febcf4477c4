#pragma once

#include "common/store/resend_source.hpp"
#include "verify/send/send_request.hpp"

#include <vector>

namespace otp {

struct resend_request {
    uuid request_id;
    std::vector<channel> channels;  // empty: as before
};

// Body of POST /v1/verifications/{id}/resend: {channel?, request_id?}, or nothing at all.
or_problem<resend_request> read_resend_request(
    const secret& text,
    std::string_view idempotency_key
);

// The latest request of the verification once more, under a new id and from now on.
send_job resend_job(
    const resend_source& latest,
    const resend_request& asked,
    const std::string& tenant,
    const send_defaults& defaults,
    std::chrono::system_clock::time_point now
);

}  // namespace otp
