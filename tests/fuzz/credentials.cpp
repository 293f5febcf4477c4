// What a client brings to be believed: a key, an idempotency key, a device token, a trace.
#include "common/core/base64url.hpp"
#include "common/core/traceparent.hpp"
#include "common/core/uuid.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "verify/auth/bearer.hpp"
#include "verify/check/device_token.hpp"
#include "verify/send/send_request.hpp"

#include <string>

namespace {

using namespace otp;
using otp::fuzz::must;

const std::chrono::system_clock::time_point now =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 20);

void read_key(std::string_view text) {
    const auto given = bearer_key(text);
    if (!given)
        return;
    must(!given->empty(), "a key is not empty");
    must(given->find(' ') == std::string_view::npos, "a key has no blanks");
    must(text.find(*given) != std::string_view::npos, "a key is what was sent");
}

void read_idempotency_key(std::string_view text) {
    const auto id = request_id_of(text);
    must(id.has_value() == (text.empty() || parse_uuid(text)), "a key is a UUID");
    if (id)
        must(parse_uuid(to_string(*id)) == *id, "a UUID that is written and read stays the same");
    settle_request_id(parse_uuid(text), text);
}

// The one token that is genuine, in the one way to write it: nothing else may pass for it. (Those
// of other times would be genuine too, were they kept among the inputs.)
void read_token(std::string_view text) {
    static const auto keys = key_ring::parse("d1:" + std::string(64, '5'));
    constexpr code_subject subject{"acme", "+14155550100", "login"};
    static const auto genuine = make_device_token(keys->newest(), subject, now);
    if (text != genuine)
        must(!is_device_token(text, *keys, subject, now), "no other token is taken for genuine");
    std::string altered = genuine;
    for (std::size_t i = 0; i < text.size() && i < altered.size(); ++i)
        altered[i] = text[i];
    if (altered != genuine)
        must(!is_device_token(altered, *keys, subject, now), "no altered token is taken either");
    if (const auto bytes = base64url_decoded(text))
        must(base64url(*bytes) == text, "there is one way to write a token");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = otp::fuzz::text_of(data, size);
    read_key(text);
    read_idempotency_key(text);
    read_token(text);
    if (is_traceparent(text))
        must(text.size() == 55, "a trace that is handed on is as long as its form");
    return 0;
}
