#pragma once

#include "common/job/send_job.hpp"
#include "verify/client_body.hpp"
#include "verify/problem.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// What a send gets where its request says nothing.
struct send_defaults {
    job_defaults code;
    std::string region;  // of numbers without +; empty: they are refused
};

// The job that a body of POST /v1/verifications asks for, by the field rules of jobs. The id is the
// body's request_id or the Idempotency-Key, which must agree where both are given, else a new one.
// The body's `to` is rewritten in E.164. The sender dates the job.
or_problem<send_job> read_send_request(
    client_body& body,
    std::string_view idempotency_key,
    const std::string& tenant,
    const send_defaults& defaults
);

// The value of Idempotency-Key; empty where it is missing, a problem where it stands again with
// another one: none says which of them is meant.
or_problem<std::string_view> idempotency_key_of(const http::server_request& request);

// The id that Idempotency-Key asks for; a fresh one where it is empty.
or_problem<uuid> request_id_of(std::string_view idempotency_key);

// The same where the body may name one too: they must agree.
or_problem<uuid> settle_request_id(
    const std::optional<uuid>& in_body,
    std::string_view idempotency_key
);

// What is wrong with each member, one by one, so that one answer names everything; those that are
// not in `known` among it. Takes the values out of `body`.
std::vector<field_problem> faults_by_field(
    client_body& body,
    std::span<const std::string_view> known
);

}  // namespace otp
