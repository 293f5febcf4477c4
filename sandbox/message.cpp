#include "sandbox/message.hpp"

namespace otp::sandbox {

namespace {

constexpr int end_after = 2;
constexpr int late_end_after = 50;

}  // namespace

std::string_view provider_name(service by) {
    switch (by) {
    case service::twilio:
        return "twilio";
    case service::gupshup_whatsapp:
    case service::gupshup_sms:
        return "gupshup";
    case service::twilio_verify:
        return "twilio_verify";
    }
    return "";
}

std::string_view to_string(status reached) {
    switch (reached) {
    case status::queued:
        return "queued";
    case status::sent:
        return "sent";
    case status::delivered:
        return "delivered";
    case status::undelivered:
        return "undelivered";
    case status::failed:
        return "failed";
    }
    return "";
}

std::vector<step> steps(const fate& what, std::chrono::milliseconds pace) {
    const step last{pace * (what.late ? late_end_after : end_after), what.end};
    switch (what.end) {
    case status::queued:
        return {};
    case status::sent:
        return {step{pace, status::sent}};
    case status::failed:
        return {step{pace, status::failed}};
    case status::delivered:
    case status::undelivered:
        break;
    }
    return {step{pace, status::sent}, last};
}

status status_at(const message& what, moment now, std::chrono::milliseconds pace) {
    auto reached = status::queued;
    for (const auto& next : steps(what.goes_on, pace))
        if (now >= what.at + next.after)
            reached = next.reached;
    return reached;
}

}  // namespace otp::sandbox
