#include "verify/webhooks/webhooks.hpp"

#include "verify/problem.hpp"
#include "verify/store_limit.hpp"
#include "verify/webhooks/from_twilio.hpp"
#include "verify/webhooks/gupshup_receipt.hpp"
#include "verify/webhooks/twilio_receipt.hpp"

#include <charconv>

namespace otp {

namespace asio = boost::asio;
using answering = asio::awaitable<http::server_answer>;
using http::server_request;

namespace {

http::server_answer empty_answer(unsigned status) {
    http::server_answer answer;
    answer.status = status;
    answer.content_type.clear();
    return answer;
}

std::optional<named_attempt> attempt_in_path(const server_request& request) {
    const auto id = parse_uuid(request.captures.at("request_id"));
    const auto& digits = request.captures.at("attempt");
    std::int16_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (!id || error != std::errc() || end != digits.data() + digits.size() || number < 1)
        return std::nullopt;
    return named_attempt{*id, number};
}

// By the account's token, or by the one before it: a receipt may have been signed before the
// change.
std::optional<http::form> signed_fields(const webhooks& with, const server_request& request) {
    auto fields = fields_from_twilio(request, with.public_base, with.secrets.twilio_token);
    if (!fields)
        fields = fields_from_twilio(request, with.public_base, with.secrets.twilio_previous_token);
    return fields;
}

bool is_gupshup(const webhooks& with, const server_request& request) {
    const auto& wanted = with.secrets.gupshup;
    return !wanted.empty() && wanted.equals(request.captures.at("secret"));
}

http::server_answer nothing_here() {
    return answer_of(not_found("there is nothing at this path"));
}

answering store_all(webhooks& with, const std::optional<std::vector<provider_receipt>>& read) {
    if (!read) {
        with.receipts.tally("gupshup", "unreadable");
        co_return empty_answer(200);  // it would not be readable the next time
    }
    const bool stored = co_await with.receipts.record_all(*read, store_deadline());
    co_return stored ? empty_answer(200) : answer_of(store_unavailable());
}

}  // namespace

answering twilio_webhook(webhooks& with, server_request& request) {
    const auto fields = signed_fields(with, request);
    if (!fields) {
        with.receipts.tally("twilio", "forged");
        co_return answer_of(problem(403, "wrong_signature", "the signature is missing or wrong"));
    }
    const auto attempt = attempt_in_path(request);
    if (!attempt)
        co_return nothing_here();
    const auto receipt = read_twilio_receipt(*fields);
    if (!receipt) {
        with.receipts.tally("twilio", "unreadable");
        co_return empty_answer(204);
    }
    const bool stored = co_await with.receipts.record(*receipt, attempt, store_deadline());
    co_return stored ? empty_answer(204) : answer_of(store_unavailable());
}

answering gupshup_webhook(webhooks& with, server_request& request) {
    if (!is_gupshup(with, request)) {
        with.receipts.tally("gupshup", "forged");
        co_return nothing_here();
    }
    const auto events = read_gupshup_events(request.body.reveal());
    co_return co_await store_all(with, events);
}

answering gupshup_sms_webhook(webhooks& with, server_request& request) {
    if (!is_gupshup(with, request)) {
        with.receipts.tally("gupshup", "forged");
        co_return nothing_here();
    }
    const auto body = request.body.reveal();
    const auto reports =
        read_gupshup_reports(body.empty() ? std::string_view(request.query) : body);
    co_return co_await store_all(with, reports);
}

}  // namespace otp
