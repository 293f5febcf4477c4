// Bodies of the older routes, which ignore what they do not know.
#include "tests/fuzz/fuzz_target.hpp"
#include "verify/older/older_answer.hpp"
#include "verify/older/older_request.hpp"

#include <string>

namespace {

using namespace otp;
using otp::fuzz::must;

const std::chrono::system_clock::time_point now =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 20);

// The number comes back as the client wrote it, and the answer stays JSON.
void check_echo(const std::string& body, std::string_view written) {
    rapidjson::Document parsed;
    parsed.Parse<rapidjson::kParseValidateEncodingFlag>(body.data(), body.size());
    must(!parsed.HasParseError() && parsed.IsObject(), "an answer is JSON");
    const auto& echoed = parsed["data"]["phone_number"];
    must(
        std::string_view(echoed.GetString(), echoed.GetStringLength()) == written,
        "the number is echoed as it was written"
    );
}

void read_send(const secret& text) {
    const auto body = client_body::parse(text);
    if (!body)
        return;
    send_defaults defaults;
    defaults.region = "US";
    const auto job = older::read_send(*body, "", "acme", defaults);
    if (!job) {
        const auto answer = older::refused_send(job.error());
        must(answer.status == 400, "a wrong send is 400");
        return;
    }
    const auto written = write_job(*job);
    must(parse_job(written, {}, {}, now).has_value(), "a send that is taken is a job");
}

void read_check(const secret& text, std::string_view region) {
    send_defaults defaults;
    defaults.region = region;
    const auto read = older::read_check(text, defaults);
    if (!read) {
        must(older::refused_check(read.error()).status == 400, "a wrong check is 400");
        return;
    }
    must(is_code(read->asked.code.reveal()), "a code is 4 to 10 digits");
    check_echo(older::verified_answer(read->written).body, read->written);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const secret text(otp::fuzz::text_of(data, size));
    read_send(text);
    read_check(text, "");
    read_check(text, "IN");
    return 0;
}
