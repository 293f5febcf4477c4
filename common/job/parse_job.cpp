#include "common/core/ascii.hpp"
#include "common/core/secret.hpp"
#include "common/core/short_name.hpp"
#include "common/job/fields.hpp"
#include "common/job/send_job.hpp"
#include "common/json/in_place.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>

namespace otp {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::system_clock;
using document = rapidjson::Document;

constexpr auto clock_skew_allowed = 60s;

// What the record of a refusal needs, from a body whose other fields may be wrong.
void recover(const document& from, job_fault& into) {
    const auto text = [&from](const char* name) {
        const auto member = from.FindMember(name);
        if (member == from.MemberEnd() || !member->value.IsString())
            return std::string_view();
        return std::string_view(member->value.GetString(), member->value.GetStringLength());
    };
    if (const auto id = parse_uuid(text("request_id")))
        into.request_id = id;
    if (const auto tenant = text("tenant"); is_short_name(tenant))
        into.tenant = tenant;
}

bool is_json(std::string_view content_type) {
    constexpr std::string_view json = "application/json";
    auto media_type = content_type.substr(0, content_type.find(';'));
    while (media_type.ends_with(' ') || media_type.ends_with('\t'))
        media_type.remove_suffix(1);
    return equals_ignoring_case(media_type, json);
}

std::optional<field_fault> check_envelope(const job_envelope& envelope) {
    if (!envelope.content_type.empty() && !is_json(envelope.content_type))
        return field_fault{
            job_reason::wrong_content_type,
            "content_type: expected application/json"};
    if (!envelope.type.empty() && envelope.type != "send-otp")
        return field_fault{job_reason::wrong_type, "type: expected send-otp"};
    return {};
}

std::optional<field_fault> check_version(const document& body) {
    const auto version = body.FindMember("version");
    if (version != body.MemberEnd() && version->value.IsUint64() && version->value.GetUint64() > 1)
        return field_fault{job_reason::unsupported_version, "version: expected 1"};
    return {};
}

std::optional<field_fault> check_request_id(job_fields& fields, std::string_view message_id) {
    const auto of_message = parse_uuid(message_id);
    if (!fields.request_id)
        fields.request_id = of_message;
    if (!fields.request_id)
        return field_fault{
            job_reason::missing_field,
            "request_id: expected a UUID, here or as message_id"};
    if (!message_id.empty() && fields.request_id != of_message)
        return field_fault{
            job_reason::request_id_mismatch,
            "request_id: expected the same UUID as message_id"};
    return {};
}

std::optional<field_fault> settle(
    job_fields& fields,
    const job_envelope& envelope,
    clock::time_point now
) {
    if (auto fault = check_request_id(fields, envelope.message_id))
        return fault;
    if (!fields.to)
        return field_fault{job_reason::missing_field, "to: expected a number in E.164 form"};
    const auto in_future = [](std::string_view source) {
        return field_fault{
            job_reason::requested_in_future,
            std::string(source) + ": expected at most 60 s in the future"};
    };
    const auto latest = now + clock_skew_allowed;
    if (fields.requested_at)
        return *fields.requested_at > latest ? std::optional(in_future("requested_at"))
                                             : std::nullopt;
    // Compared before it becomes a time: one in milliseconds, a common mistake, fits in no clock.
    if (envelope.timestamp.value_or(0) > static_cast<std::uint64_t>(clock::to_time_t(latest)))
        return in_future("timestamp");
    fields.requested_at = envelope.timestamp
                              ? clock::from_time_t(static_cast<std::time_t>(*envelope.timestamp))
                              : now;
    return {};
}

send_job assemble(job_fields&& fields, const job_defaults& defaults) {
    return {
        .request_id = *fields.request_id,
        .tenant = std::move(fields.tenant).value_or("default"),
        .to = std::move(*fields.to),
        .purpose = std::move(fields.purpose).value_or("default"),
        .channels = std::move(fields.channels),
        .template_name = std::move(fields.template_name).value_or("otp"),
        .locale = std::move(fields.locale).value_or(""),
        .variables = std::move(fields.variables),
        .ttl = fields.ttl.value_or(defaults.ttl),
        .code_length = fields.code_length.value_or(defaults.code_length),
        .requested_at = *fields.requested_at,
        .user = std::move(fields.user),
        .client_ip = std::move(fields.client_ip)};
}

}  // namespace

boost::system::result<send_job, job_fault> parse_job(
    std::string_view body,
    const job_envelope& envelope,
    const job_defaults& defaults,
    clock::time_point now
) {
    job_fault fault;
    fault.request_id = parse_uuid(envelope.message_id);
    const auto refuse = [&fault](field_fault why) {
        fault.reason = to_string(why.reason);
        fault.detail = std::move(why.detail);
        return std::move(fault);
    };
    if (std::max<std::uint64_t>(body.size(), envelope.body_size) > max_job_bytes)
        return refuse({job_reason::body_too_large, "body: expected at most 65536 bytes"});

    std::array<char, 4096>
        room;  // enough for nearly every job, so that none is taken from the heap
    document::AllocatorType pool(room.data(), room.size());
    secret copy;
    document parsed(&pool);
    const auto broken = parse_in_place(body, copy, parsed);
    if (!broken)
        recover(parsed, fault);
    if (auto wrong = check_envelope(envelope))
        return refuse(std::move(*wrong));
    if (broken)
        return refuse({reason_of(broken->what), broken->detail});
    if (auto newer = check_version(parsed))
        return refuse(std::move(*newer));
    auto fields = read_fields(parsed);
    if (!fields)
        return refuse(fields.error());
    if (auto wrong = settle(*fields, envelope, now))
        return refuse(std::move(*wrong));
    return assemble(std::move(*fields), defaults);
}

}  // namespace otp
