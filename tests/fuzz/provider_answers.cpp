// What providers answer to a send and to a question after it. The rule that matters: nothing may
// be called "not sent" that could have been sent.
#include "tests/fuzz/fuzz_target.hpp"
#include "worker/provider/answer.hpp"
#include "worker/provider/gupshup_sms.hpp"
#include "worker/provider/gupshup_whatsapp.hpp"
#include "worker/provider/twilio.hpp"
#include "worker/provider/twilio_verify.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace {

using namespace otp;
using otp::fuzz::must;

http::call_result answer_with(unsigned status, std::string_view body) {
    http::answer answer;
    answer.status = status;
    answer.body = secret(body);
    return answer;
}

void check(const outcome& end, unsigned status) {
    if (end.end == attempt_end::accepted) {
        must(status >= 200 && status < 300, "only a 2xx is accepted");
        must(is_message_id(end.provider_message_id), "an id that is kept can be logged");
        must(end.error_code.empty(), "what was accepted has no error");
    }
    if (status >= 500)
        must(end.end == attempt_end::in_doubt, "a 5xx may have sent");
    must(end.error_code.size() <= 32, "an error code is bounded");
    must(end.detail.size() <= 200, "a detail is one line of ours");
    const bool is_ours =
        std::ranges::all_of(end.detail, [](char c) { return c >= ' ' && c <= '~'; });
    must(is_ours, "a detail can be logged");
    must(end.end != attempt_end::in_doubt || end.why == fault::doubt, "doubt is called doubt");
}

const gupshup_whatsapp& whatsapp() {
    static const gupshup_whatsapp one([] {
        gupshup_whatsapp_settings settings;
        settings.api_key = secret("key");
        settings.source = "14155550100";
        settings.src_name = "acme";
        settings.template_id = "5b8f4f0e-7c1c-4a52-9c3e-0d4f6a1b2c3d";
        return settings;
    }());
    return one;
}

const gupshup_sms& sms() {
    static const gupshup_sms one([] {
        gupshup_sms_settings settings;
        settings.userid = "2000123456";
        settings.password = secret("word");
        return settings;
    }());
    return one;
}

const twilio_verify& verify() {
    static const twilio_verify one(
        [] {
            twilio_settings settings;
            settings.account_sid = "AC0123456789abcdef0123456789abcdef";
            settings.auth_token = secret("token");
            settings.verify_service_sid = "VA0123456789abcdef0123456789abcdef";
            return settings;
        }(),
        channel::sms
    );
    return one;
}

// No text goes with it, so it leaves none in doubt.
void prepare(unsigned status, std::string_view body) {
    const auto end = verify().read_preparation(answer_with(status, body));
    if (!end)
        return;
    must(end->end != attempt_end::accepted, "what only prepares is no text");
    must(end->end != attempt_end::in_doubt, "what sends nothing leaves no doubt");
    must(end->detail.size() <= 200 && end->error_code.size() <= 32, "its words are bounded");
}

void settled(const std::optional<outcome>& found) {
    if (!found)
        return;
    must(found->end != attempt_end::in_doubt, "an answer settles the doubt or says nothing");
    check(*found, 200);
}

void look_up(std::string_view body) {
    static const doubtful what{
        *phone_number::from_e164("+14155550100"),
        secret("123456"),
        std::chrono::sys_days(std::chrono::year(2026) / 11 / 20)};
    settled(read_twilio_list(answer_with(200, body), what));
    settled(verify().read_look_up(answer_with(200, body), what));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto body = otp::fuzz::text_of(data, size);
    for (const unsigned status : {200U, 201U, 302U, 400U, 401U, 404U, 429U, 500U, 503U}) {
        check(read_twilio_answer(answer_with(status, body)), status);
        check(whatsapp().classify(answer_with(status, body)), status);
        check(sms().classify(answer_with(status, body)), status);
        check(verify().classify(answer_with(status, body)), status);
        prepare(status, body);
    }
    look_up(body);
    return 0;
}
