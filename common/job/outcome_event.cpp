#include "common/job/outcome_event.hpp"

#include "common/core/rfc3339.hpp"
#include "common/json/json_writer.hpp"

namespace otp {

namespace {

std::string text_of(const std::optional<uuid>& id) {
    return id ? to_string(*id) : std::string();
}

}  // namespace

std::string routing_key(const outcome_event& event) {
    std::string key(event.kind);
    key += '.';
    key += event.status;
    return key;
}

std::string write_event(const outcome_event& event) {
    json_writer to;
    to.member("version", 1).member("event", routing_key(event));
    to.member_or_null("request_id", text_of(event.request_id));
    to.member_or_null("verification_id", text_of(event.verification_id));
    to.member_or_null("tenant", event.tenant);
    to.member_or_null("user", event.user.value_or(""));
    to.member_or_null("purpose", event.purpose);
    to.member("at", format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(event.at)));
    to.member_or_null("provider", event.provider);
    to.member_or_null("channel", event.channel);
    to.member_or_null("reason", event.reason);
    return to.take();
}

}  // namespace otp
