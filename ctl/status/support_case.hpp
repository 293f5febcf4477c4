#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

// What the database says about the texts that somebody asks for, as it is: pure data. Numbers are
// masked by the views that it comes from.
namespace otp {

using wall_time = std::chrono::system_clock::time_point;

struct seen_delivery {
    std::string request_id;
    std::string verification_id;  // empty: refused before one was made
    std::string tenant;
    std::string number;  // masked
    std::string purpose;
    std::string channel;
    std::string locale;
    std::string status;
    std::string reason;
    std::string provider;
    int attempts = 0;
    wall_time requested_at;
    wall_time deadline;
    wall_time created_at;
    std::optional<wall_time> finished_at;
};

struct seen_attempt {
    std::string request_id;
    int attempt = 0;
    std::string provider;
    std::string channel;
    std::string state;
    std::string provider_message_id;
    std::string error_code;
    std::optional<int> http_status;
    std::optional<int> segments;
    wall_time started_at;
    std::optional<wall_time> finished_at;
};

struct seen_event {
    wall_time at;
    std::string request_id;
    int attempt = 0;
    std::string kind;    // receipt, would_refuse, in_doubt, ended, or the state of an attempt
    std::string status;  // the receipt's, the rule, or why it ended
    std::string error_code;
};

struct seen_verification {
    std::string id;
    std::string status;
    int generation = 0;
    int wrong_checks = 0;
    int device_wrong_checks = 0;
    wall_time created_at;
    wall_time expires_at;
    std::optional<wall_time> settled_at;
};

struct seen_wrong_check {
    std::string verification_id;
    wall_time at;
    bool device = false;
};

struct seen_pause {
    std::string kind;
    std::string name;
    std::string reason;
    wall_time since;
    std::optional<wall_time> ended_at;
};

// Of a request that limit_number refused: texts to the same number before it.
struct texts_before {
    std::string request_id;
    int in_10_minutes = 0;
    int in_24_hours = 0;
};

struct support_case {
    std::vector<seen_delivery> deliveries;  // oldest first
    std::vector<seen_attempt> attempts;     // by request and attempt
    std::vector<seen_event> events;         // oldest first
    std::vector<seen_verification> verifications;
    std::vector<seen_wrong_check> wrong_checks;
    std::vector<seen_pause> pauses;
    std::vector<texts_before> counts;
    wall_time now;  // the database's
};

}  // namespace otp
