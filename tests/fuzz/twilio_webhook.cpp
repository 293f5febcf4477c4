// Status callbacks of Twilio: the first line is the request's target, the rest its body, as a form
// and as JSON.
#include "common/provider/twilio_signature.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "verify/webhooks/from_twilio.hpp"
#include "verify/webhooks/twilio_receipt.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace otp;
using otp::fuzz::must;

constexpr std::string_view public_base = "https://otp.example.com";
constexpr std::string_view token = "0123456789abcdef0123456789abcdef";

http::server_request request_of(std::string_view target, std::string_view body, const char* type) {
    http::server_request request;
    const auto mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    request.query = target.substr(std::min(mark + 1, target.size()));
    request.headers.emplace_back("content-type", type);
    request.body = secret(body);
    return request;
}

std::string url_of(const http::server_request& request) {
    std::string url(public_base);
    url += request.path;
    if (!request.query.empty())
        (url += '?') += request.query;
    return url;
}

void check(const std::optional<http::form>& fields) {
    if (!fields)
        return;
    const auto receipt = read_twilio_receipt(*fields);
    if (!receipt)
        return;
    must(!receipt->message_id.empty() && receipt->message_id.size() <= 128, "an id is bounded");
    must(receipt->error_code.size() <= 32, "an error code is bounded");
}

void read_as(const char* type, std::string_view target, std::string_view body) {
    const secret key(token);
    auto request = request_of(target, body, type);
    must(!fields_from_twilio(request, public_base, key), "what nobody signed is refused");
    request.headers.emplace_back("x-twilio-signature", std::string(body.substr(0, 28)));
    must(!fields_from_twilio(request, public_base, key), "a signature that was made up is refused");
    const auto parameters = http::decode_form(body);
    const bool is_form = std::string_view(type) != "application/json";
    if (is_form && !parameters)
        return;
    request.headers.back().second =
        twilio_signature(token, url_of(request), is_form ? *parameters : http::form());
    const auto fields = fields_from_twilio(request, public_base, key);
    if (is_form)
        must(fields.has_value() && *fields == *parameters, "what Twilio signed is taken");
    check(fields);
    // One more parameter; one that is there already would not count.
    if (is_form && !http::form_value(*parameters, "later").empty())
        return;
    request.body = secret(std::string(body) + "&later=1");
    must(!fields_from_twilio(request, public_base, key), "what was added later is refused");
}

void check_port(std::string_view target) {
    const auto url = std::string(public_base) + std::string(target);
    must(with_port(with_port(url)) == with_port(url), "a port is added once");
    must(without_port(without_port(url)) == without_port(url), "a port is taken away once");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto body = otp::fuzz::text_of(data, size);
    const auto target = otp::fuzz::take_line(body);
    if (!target.starts_with('/'))
        return 0;  // the server lets no other in
    read_as("application/x-www-form-urlencoded", target, body);
    read_as("application/json", target, body);
    check(fields_of_json(body));
    check_port(target);
    return 0;
}
