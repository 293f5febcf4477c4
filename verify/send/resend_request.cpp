#include "verify/send/resend_request.hpp"

#include "common/job/fields.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace otp {

namespace {

constexpr std::array<std::string_view, 2> resend_fields{"channel", "request_id"};

std::optional<send_job> kept_job(
    const resend_source& latest,
    const send_defaults& defaults,
    std::chrono::system_clock::time_point now
) {
    if (!latest.job || !latest.request_id)
        return std::nullopt;
    const auto id = to_string(*latest.request_id);
    job_envelope envelope;
    envelope.message_id = id;
    auto job = parse_job(*latest.job, envelope, defaults.code, now);
    return job ? std::optional(std::move(*job)) : std::nullopt;
}

// What the tables know of it, which is all but its variables.
send_job job_of_row(const resend_source& latest, const send_defaults& defaults) {
    const auto by = parse_channel(latest.channel.value_or(""));
    auto to = phone_number::from_e164(latest.number);
    if (!to)
        throw std::logic_error("a stored number is none that can be texted");
    return {
        .request_id = {},
        .tenant = {},
        .to = std::move(*to),
        .purpose = latest.purpose,
        .channels = by ? std::vector<channel>{*by} : std::vector<channel>(),
        .template_name = latest.template_name.value_or("otp"),
        .locale = latest.locale.value_or(""),
        .ttl = latest.ttl.value_or(defaults.code.ttl),
        .code_length = latest.code_length.value_or(defaults.code.code_length),
        .user = latest.user,
        .client_ip = latest.client_ip};
}

}  // namespace

or_problem<resend_request> read_resend_request(
    const secret& text,
    std::string_view idempotency_key
) {
    const secret nothing("{}");
    auto body = client_body::parse(text.empty() ? nothing : text);
    if (!body)
        return body.error();
    if (auto unexpected = body->unexpected(resend_fields); !unexpected.empty())
        return invalid_request(faults_by_field(*body, resend_fields));
    auto fields = read_fields(body->document());
    if (!fields)
        return invalid_request(faults_by_field(*body, resend_fields));
    const auto id = settle_request_id(fields->request_id, idempotency_key);
    if (!id)
        return id.error();
    return resend_request{*id, std::move(fields->channels)};
}

send_job resend_job(
    const resend_source& latest,
    const resend_request& asked,
    const std::string& tenant,
    const send_defaults& defaults,
    std::chrono::system_clock::time_point now
) {
    auto job = kept_job(latest, defaults, now);
    if (!job)
        job = job_of_row(latest, defaults);
    job->request_id = asked.request_id;
    job->tenant = tenant;
    job->requested_at = now;
    if (!asked.channels.empty())
        job->channels = asked.channels;
    return std::move(*job);
}

}  // namespace otp
