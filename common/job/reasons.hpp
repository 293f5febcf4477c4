#pragma once

#include "common/json/json_fault.hpp"

#include <span>
#include <string_view>

namespace otp {

// Why a job lies on `otp.dead`: header x-otp-reason. Those that are found only once the job is
// understood (by the templates, the queue's settings, the store) are here too, so that the words
// stand in one place.
enum class job_reason {
    body_too_large,
    wrong_content_type,
    wrong_type,
    byte_order_mark,
    not_utf8,
    not_json,
    not_an_object,
    unsupported_version,
    unknown_field,
    duplicate_field,
    missing_field,
    invalid_field,
    invalid_number,
    request_id_mismatch,
    requested_in_future,
    unknown_template,
    unknown_variable,
    missing_variable,
    wrong_tenant,
    request_id_conflict,
    not_storable,
};

struct job_reason_text {
    job_reason reason;
    std::string_view word;      // what stands in the header
    std::string_view sentence;  // for docs/errors.md
};

// All of them, in the order of the enumeration.
std::span<const job_reason_text> job_reasons();

std::string_view to_string(job_reason reason);

// Of a body that is no JSON object.
job_reason reason_of(json_fault::kind fault);

}  // namespace otp
