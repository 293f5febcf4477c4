#include "common/core/rfc3339.hpp"
#include "common/job/send_job.hpp"
#include "common/json/json_writer.hpp"

namespace otp {

namespace {

void write_channels(json_writer& out, const std::vector<channel>& channels) {
    if (channels.empty())
        return;
    out.open_array("channel");
    for (const auto by : channels)
        out.item(to_string(by));
    out.close_array();
}

void write_variables(
    json_writer& out,
    const std::vector<std::pair<std::string, std::string>>& variables
) {
    if (variables.empty())
        return;
    out.open_object("variables");
    for (const auto& [name, text] : variables)
        out.member(name, text);
    out.close_object();
}

}  // namespace

std::string write_job(const send_job& job) {
    json_writer out;
    out.member("version", 1).member("request_id", to_string(job.request_id));
    out.member("to", job.to.e164()).member("purpose", job.purpose);
    write_channels(out, job.channels);
    out.member("template", job.template_name);
    if (!job.locale.empty())
        out.member("locale", job.locale);
    write_variables(out, job.variables);
    if (job.ttl.count() != 0)
        out.member("ttl_seconds", job.ttl.count());
    if (job.code_length != 0)
        out.member("code_length", job.code_length);
    out.member("requested_at", format_rfc3339(job.requested_at)).member("tenant", job.tenant);
    if (job.user)
        out.member("user", *job.user);
    if (job.client_ip)
        out.member("client_ip", *job.client_ip);
    return out.take();
}

}  // namespace otp
