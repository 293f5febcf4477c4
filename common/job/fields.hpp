#pragma once

#include "common/job/reasons.hpp"
#include "common/job/send_job.hpp"

#include <boost/system/result.hpp>

#include <rapidjson/document.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace otp {

struct field_fault {
    job_reason reason;
    std::string detail;
};

// What the fields of a body say, each absent where the body does not give it.
struct job_fields {
    std::optional<uuid> request_id;
    std::optional<phone_number> to;
    std::optional<std::string> purpose;
    std::vector<channel> channels;
    std::optional<std::string> template_name;
    std::optional<std::string> locale;
    std::vector<std::pair<std::string, std::string>> variables;
    std::optional<std::chrono::seconds> ttl;
    std::optional<int> code_length;
    std::optional<std::chrono::system_clock::time_point> requested_at;
    std::optional<std::string> tenant;
    std::optional<std::string> user;
    std::optional<std::string> client_ip;
};

// Checks every member of `object` by the rule of its name; the first fault ends it.
boost::system::result<job_fields, field_fault> read_fields(const rapidjson::Value& object);

}  // namespace otp
