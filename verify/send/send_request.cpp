#include "verify/send/send_request.hpp"

#include "common/core/random.hpp"
#include "common/job/fields.hpp"

#include <algorithm>
#include <array>

namespace otp {

namespace {

using rapidjson::Value;

constexpr std::array<std::string_view, 11> send_fields{
    "to",
    "channel",
    "purpose",
    "template",
    "locale",
    "variables",
    "ttl_seconds",
    "code_length",
    "user",
    "client_ip",
    "request_id"};

field_problem problem_of(std::string_view name, const field_fault& fault) {
    const auto prefix = std::string(name) + ": ";
    auto detail = fault.detail;
    if (detail.starts_with(prefix))
        detail.erase(0, prefix.size());
    return {std::string(name), std::string(to_string(fault.reason)), std::move(detail)};
}

// Numbers as people write them become what jobs ask for; what cannot is left to the field's rule.
void rewrite_number(client_body::json& body, const std::string& region) {
    if (!body.HasMember("to") || !body["to"].IsString())
        return;
    auto& to = body["to"];
    const auto number = phone_number::from_text({to.GetString(), to.GetStringLength()}, region);
    if (number)
        to.SetString(
            number->e164().data(),
            static_cast<rapidjson::SizeType>(number->e164().size()),
            body.GetAllocator()
        );
}

send_job assemble(
    job_fields&& fields,
    const uuid& id,
    const std::string& tenant,
    const send_defaults& defaults
) {
    return {
        .request_id = id,
        .tenant = tenant,
        .to = std::move(*fields.to),
        .purpose = std::move(fields.purpose).value_or("default"),
        .channels = std::move(fields.channels),
        .template_name = std::move(fields.template_name).value_or("otp"),
        .locale = std::move(fields.locale).value_or(""),
        .variables = std::move(fields.variables),
        .ttl = fields.ttl.value_or(defaults.code.ttl),
        .code_length = fields.code_length.value_or(defaults.code.code_length),
        .user = std::move(fields.user),
        .client_ip = std::move(fields.client_ip)};
}

}  // namespace

or_problem<std::string_view> idempotency_key_of(const http::server_request& request) {
    constexpr std::string_view name = "idempotency-key";
    const auto key = request.header(name);
    const bool has_another = std::ranges::any_of(request.headers, [&](const auto& field) {
        return field.first == name && field.second != key;
    });
    if (has_another)
        return invalid_request(
            {{"Idempotency-Key", "invalid_field", "expected one UUID in Idempotency-Key, once"}}
        );
    return key;
}

or_problem<uuid> request_id_of(std::string_view idempotency_key) {
    if (idempotency_key.empty())
        return new_uuid();
    const auto id = parse_uuid(idempotency_key);
    if (!id)
        return invalid_request(
            {{"Idempotency-Key", "invalid_field", "expected a UUID in Idempotency-Key"}}
        );
    return *id;
}

or_problem<uuid> settle_request_id(
    const std::optional<uuid>& in_body,
    std::string_view idempotency_key
) {
    if (in_body && idempotency_key.empty())
        return *in_body;
    auto of_header = request_id_of(idempotency_key);
    if (of_header && in_body && *of_header != *in_body)
        return invalid_request(
            {{"request_id", "request_id_mismatch", "expected the same UUID as Idempotency-Key"}}
        );
    return of_header;
}

std::vector<field_problem> faults_by_field(
    client_body& body,
    std::span<const std::string_view> known
) {
    auto found = body.unexpected(known);
    auto& document = body.document();
    for (rapidjson::SizeType i = 0; i < document.MemberCount(); ++i) {
        auto& member = *(document.MemberBegin() + i);
        const std::string_view name(member.name.GetString(), member.name.GetStringLength());
        if (std::find(known.begin(), known.end(), name) == known.end())
            continue;
        Value one(rapidjson::kObjectType);
        const Value::StringRefType key(member.name.GetString(), member.name.GetStringLength());
        one.AddMember(key, member.value, document.GetAllocator());
        const auto read = read_fields(one);
        if (!read)
            found.push_back(problem_of(name, read.error()));
    }
    return found;
}

or_problem<send_job> read_send_request(
    client_body& body,
    std::string_view idempotency_key,
    const std::string& tenant,
    const send_defaults& defaults
) {
    rewrite_number(body.document(), defaults.region);
    auto fields = read_fields(body.document());
    if (!fields || !fields->to || !body.unexpected(send_fields).empty()) {
        const auto to = body.document().FindMember("to");
        const bool is_missing = to == body.document().MemberEnd() || to->value.IsNull();
        auto faults = faults_by_field(body, send_fields);
        if (is_missing)
            faults.push_back({"to", "missing_field", "expected a number in E.164 form"});
        return invalid_request(std::move(faults));
    }
    const auto id = settle_request_id(fields->request_id, idempotency_key);
    if (!id)
        return id.error();
    return assemble(std::move(*fields), *id, tenant, defaults);
}

}  // namespace otp
