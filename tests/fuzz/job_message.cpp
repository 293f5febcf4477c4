// The body of a send-otp message. What is taken for a job must be one for the next reader too.
#include "common/job/reasons.hpp"
#include "common/job/send_job.hpp"
#include "tests/fuzz/fuzz_target.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace otp;
using otp::fuzz::must;

const std::chrono::system_clock::time_point now =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 20);

bool is_known(std::string_view reason) {
    return std::ranges::any_of(job_reasons(), [reason](const auto& known) {
        return known.word == reason;
    });
}

void check_refusal(const job_fault& why) {
    must(is_known(why.reason), "a refusal has a documented reason");
    must(why.detail.size() <= 300, "the detail of a refusal is one line");
    must(
        std::ranges::none_of(why.detail, [](char c) { return c >= 0 && c < ' '; }),
        "the detail of a refusal can be logged"
    );
}

void check_job(const send_job& job) {
    must(job.code_length >= 4 && job.code_length <= 10, "a code has 4 to 10 digits");
    must(job.ttl.count() > 0, "a code has a life");
    must(job.requested_at <= now + std::chrono::seconds(60), "no job comes from the future");
    const auto id = to_string(job.request_id);
    job_envelope envelope;
    envelope.message_id = id;
    const auto written = write_job(job);
    const auto again = parse_job(written, envelope, {}, now);
    must(again.has_value(), "a job that was written is a job");
    must(write_job(*again) == written, "a job that was written stays the same");
    must(again->to == job.to && again->tenant == job.tenant, "it is for the same number");
    must(again->variables == job.variables, "its variables stay the same");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto body = otp::fuzz::text_of(data, size);
    job_envelope envelope;
    envelope.content_type = "application/json; charset=utf-8";
    envelope.type = "send-otp";
    const auto job = parse_job(body, envelope, {}, now);
    if (job)
        check_job(*job);
    else
        check_refusal(job.error());
    // What the message says besides its body comes from the producer, too.
    envelope.content_type = body.substr(0, otp::fuzz::cut_of(body));
    envelope.message_id = body.substr(0, 36);
    const auto other = parse_job(body, envelope, {}, now);
    if (!other)
        check_refusal(other.error());
    return 0;
}
