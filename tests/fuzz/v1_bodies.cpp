// JSON bodies of /v1: each of its readers gets every input.
#include "common/core/ascii.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "verify/check/check_request.hpp"
#include "verify/client_body.hpp"
#include "verify/send/resend_request.hpp"
#include "verify/send/send_request.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace otp;
using otp::fuzz::must;

const std::chrono::system_clock::time_point now =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 20);

// Nothing of a value may come back in a refusal: it could be the code.
void check_refusal(const problem& why) {
    must(why.status == 400, "a wrong body is 400");
    must(!why.code.empty() && !why.errors.empty(), "a refusal says what is wrong");
    for (const auto& one : why.errors)
        must(
            std::ranges::count_if(one.field, is_digit) < 4,
            "the name of a field is shown without what could be a code"
        );
    rapidjson::Document parsed;
    const auto answer = answer_of(why);
    parsed.Parse<rapidjson::kParseValidateEncodingFlag>(answer.body.data(), answer.body.size());
    must(!parsed.HasParseError() && parsed.IsObject(), "a refusal is JSON");
}

void read_send(const secret& text, std::string_view idempotency_key) {
    auto body = client_body::parse(text);
    if (!body)
        return check_refusal(body.error());
    send_defaults defaults;
    defaults.region = "US";
    const auto job = read_send_request(*body, idempotency_key, "acme", defaults);
    if (!job)
        return check_refusal(job.error());
    job_envelope envelope;
    const auto written = write_job(*job);
    const auto again = parse_job(written, envelope, {}, now);
    must(again.has_value(), "a send that is taken is a job for the worker");
    must(write_job(*again) == written, "and the same one");
    must(job->tenant == "acme", "a body does not choose the tenant");
}

void read_checks(const secret& text) {
    const auto by_number = read_number_check(text, "US");
    if (by_number) {
        must(is_code(by_number->code.reveal()), "a code is 4 to 10 digits");
        must(
            phone_number::from_e164(by_number->to.e164()).has_value(),
            "a number that is taken is one in E.164"
        );
    } else {
        check_refusal(by_number.error());
    }
    const auto by_id = read_id_check(text);
    if (by_id)
        must(is_code(by_id->code.reveal()), "a code is 4 to 10 digits");
    else
        check_refusal(by_id.error());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const secret text(otp::fuzz::text_of(data, size));
    read_send(text, "");
    read_send(text, "5b8f4f0e-7c1c-4a52-9c3e-0d4f6a1b2c3d");
    read_checks(text);
    const auto resend = read_resend_request(text, "");
    if (!resend)
        check_refusal(resend.error());
    return 0;
}
