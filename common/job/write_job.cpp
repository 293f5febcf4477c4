#include "common/core/rfc3339.hpp"
#include "common/job/send_job.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace otp {

namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write(json_writer& out, std::string_view text) {
    out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write(json_writer& out, std::string_view name, std::string_view text) {
    write(out, name);
    write(out, text);
}

void write_channels(json_writer& out, const std::vector<channel>& channels) {
    if (channels.empty())
        return;
    write(out, "channel");
    out.StartArray();
    for (const auto by : channels)
        write(out, to_string(by));
    out.EndArray();
}

void write_variables(
    json_writer& out,
    const std::vector<std::pair<std::string, std::string>>& variables
) {
    if (variables.empty())
        return;
    write(out, "variables");
    out.StartObject();
    for (const auto& [name, text] : variables)
        write(out, name, text);
    out.EndObject();
}

}  // namespace

std::string write_job(const send_job& job) {
    rapidjson::StringBuffer buffer;
    json_writer out(buffer);
    out.StartObject();
    write(out, "version");
    out.Int(1);
    write(out, "request_id", to_string(job.request_id));
    write(out, "to", job.to.e164());
    write(out, "purpose", job.purpose);
    write_channels(out, job.channels);
    write(out, "template", job.template_name);
    if (!job.locale.empty())
        write(out, "locale", job.locale);
    write_variables(out, job.variables);
    write(out, "ttl_seconds");
    out.Int64(job.ttl.count());
    write(out, "code_length");
    out.Int(job.code_length);
    write(out, "requested_at", format_rfc3339(job.requested_at));
    write(out, "tenant", job.tenant);
    if (job.user)
        write(out, "user", *job.user);
    if (job.client_ip)
        write(out, "client_ip", *job.client_ip);
    out.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace otp
