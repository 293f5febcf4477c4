#pragma once

#include "common/job/send_job.hpp"

#include <chrono>
#include <string>
#include <string_view>

// Bodies of jobs for the tests, and what parse_job says to them.
namespace otp::test {

inline const std::string id = "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f";
inline const std::string other_id = "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e60";
inline constexpr std::string_view base =
    R"("request_id":"018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f","to":"+14155550100")";

// 2026-11-20T10:15:30Z
inline constexpr std::chrono::system_clock::time_point now{std::chrono::seconds(1795169730)};

// A job of the least that is needed, and `more`.
inline std::string with(const std::string& more = "") {
    return "{" + std::string(base) + (more.empty() ? "" : ",") + more + "}";
}

boost::system::result<send_job, job_fault> parse(
    std::string_view body,
    const job_envelope& envelope = {}
) {
    return parse_job(body, envelope, job_defaults{}, now);
}

// "reason | detail", or "" for a job that was understood.
inline std::string refusal(std::string_view body, const job_envelope& envelope = {}) {
    const auto job = parse(body, envelope);
    return job ? "" : job.error().reason + " | " + job.error().detail;
}

// A job with one more field.
inline std::string field(const std::string& name, const std::string& value) {
    return with("\"" + name + "\":" + value);
}

}  // namespace otp::test
