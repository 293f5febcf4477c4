#pragma once

#include "common/core/channel.hpp"
#include "common/core/uuid.hpp"
#include "common/phone/phone_number.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

// The send-otp message of contracts, section 3, after validation.
struct send_job {
    uuid request_id;
    std::string tenant;
    phone_number to;
    std::string purpose;
    std::vector<channel> channels = {};  // in order of preference; empty: whatever is configured
    std::string template_name;
    std::string locale = {};  // BCP 47 as the producer wrote it; empty: from the number's country
    std::vector<std::pair<std::string, std::string>> variables = {};
    std::chrono::seconds ttl{};  // 0 in one that is to be written: as the worker's settings say
    int code_length{};           // likewise
    std::chrono::system_clock::time_point requested_at = {};
    std::optional<std::string> user = {};
    std::optional<std::string> client_ip = {};

    std::chrono::system_clock::time_point deadline() const { return requested_at + ttl; }
};

// What the AMQP message says besides its body.
struct job_envelope {
    std::string_view content_type;
    std::string_view type;
    std::string_view message_id;
    std::optional<std::uint64_t> timestamp;  // seconds since 1970, whatever the producer wrote
    std::uint64_t body_size = 0;             // as announced; more than the body where that was cut
};

// What a job gets where it says nothing.
struct job_defaults {
    std::chrono::seconds ttl{300};
    int code_length = 6;
};

// Why a job cannot be understood. `reason` is a word of docs/errors.md; `detail` names the field
// and what was expected, never the number or the body. `request_id` and `tenant` where they could
// be read, so that the refusal can be recorded.
struct job_fault {
    std::string reason;
    std::string detail;
    std::optional<uuid> request_id;
    std::string tenant = "default";
};

inline constexpr std::size_t max_job_bytes = 65536;

// Reads and checks one message. `body` is only looked at during the call. `now` is the time of
// receipt.
boost::system::result<send_job, job_fault> parse_job(
    std::string_view body,
    const job_envelope& envelope,
    const job_defaults& defaults,
    std::chrono::system_clock::time_point now
);

// The JSON body of `job`, as parse_job reads it.
std::string write_job(const send_job& job);

}  // namespace otp
