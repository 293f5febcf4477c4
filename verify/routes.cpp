#include "verify/routes.hpp"

#include "verify/check/check_verification.hpp"
#include "verify/health.hpp"
#include "verify/older/older_check.hpp"
#include "verify/older/older_send.hpp"
#include "verify/proof/jwks.hpp"
#include "verify/read/read_verification.hpp"
#include "verify/send/send_verification.hpp"

namespace otp {

namespace {

using answering = boost::asio::awaitable<http::server_answer>;
using http::server_request;

answering live_route(api&, server_request&) {
    co_return alive();
}

answering ready_route(api& with, server_request&) {
    return readiness(with.database, with.broker);
}

answering metrics_route(api& with, server_request& request) {
    if (!with.metrics_are_open) {
        const auto who = co_await with.gate.admit(request, scope::admin);
        if (!who)
            co_return refusal_of(who.error());
    }
    http::server_answer answer;
    answer.content_type = metrics::content_type;
    answer.body = with.numbers.render();
    co_return answer;
}

answering jwks_route(api& with, server_request&) {
    co_return jwks_answer(with.proof_keys);
}

answering send_route(api& with, server_request& request, const caller& who) {
    return send_verification(with.sends, with.defaults, request, who);
}

answering read_route(api& with, server_request& request, const caller& who) {
    return read_verification(with.store, request, who);
}

answering check_id_route(api& with, server_request& request, const caller& who) {
    return check_by_id(with.checks, with.issuer, request, who);
}

answering check_route(api& with, server_request& request, const caller& who) {
    return check_by_number(with.checks, with.issuer, with.defaults.region, request, who);
}

answering older_send_route(api& with, server_request& request, const caller& who) {
    return older::send_otp(with.sends, with.defaults, request, who);
}

answering older_check_route(api& with, server_request& request, const caller& who) {
    return older::verify_otp(with.checks, with.defaults.region, request, who);
}

answering twilio_route(api& with, server_request& request) {
    return twilio_webhook(with.receipts, request);
}

answering gupshup_route(api& with, server_request& request) {
    return gupshup_webhook(with.receipts, request);
}

answering gupshup_sms_route(api& with, server_request& request) {
    return gupshup_sms_webhook(with.receipts, request);
}

struct open_route {
    const char* method;
    const char* path;
    answering (*answer)(api&, server_request&);
    std::optional<std::size_t> most_body_bytes = {};
};

constexpr open_route open_routes[] = {
    {"GET", "/livez", live_route},
    {"GET", "/readyz", ready_route},
    {"GET", "/healthz", ready_route},
    {"GET", "/metrics", metrics_route},
    {"GET", "/.well-known/jwks.json", jwks_route},
    {"POST", "/webhooks/twilio/{request_id}/{attempt}", twilio_route, most_webhook_bytes},
    {"POST", "/webhooks/gupshup/{secret}", gupshup_route, most_webhook_bytes},
    {"GET", "/webhooks/gupshup-sms/{secret}", gupshup_sms_route},
    {"POST", "/webhooks/gupshup-sms/{secret}", gupshup_sms_route, most_webhook_bytes},
};

// Needs a key with that scope.
struct keyed_route {
    const char* method;
    const char* path;
    scope needed;
    answering (*answer)(api&, server_request&, const caller&);
};

constexpr keyed_route keyed_routes[] = {
    {"POST", "/v1/verifications", scope::send, send_route},
    {"GET", "/v1/verifications/{id}", scope::read, read_route},
    {"POST", "/v1/verifications/{id}/check", scope::check, check_id_route},
    {"POST", "/v1/check", scope::check, check_route},
    {"POST", "/send-otp", scope::send, older_send_route},
    {"POST", "/send-otp/", scope::send, older_send_route},
    {"POST", "/resend-otp", scope::send, older_send_route},
    {"POST", "/resend-otp/", scope::send, older_send_route},
    {"POST", "/verify-otp", scope::check, older_check_route},
    {"POST", "/verify-otp/", scope::check, older_check_route},
    {"POST", "/api/v1/messaging/send-otp/", scope::send, older_send_route},
    {"POST", "/api/v1/messaging/verify-otp/", scope::check, older_check_route},
};

void count(api& with, const char* path, unsigned status) {
    const metrics::labels labels{{"route", path}, {"status", std::to_string(status)}};
    with.numbers.counter("otp_verify_answers_total", "HTTP answers by route and status", labels)
        .Increment();
}

answering answer_keyed(api& with, const keyed_route& route, server_request& request) {
    const auto who = co_await with.gate.admit(request, route.needed);
    if (!who)
        co_return refusal_of(who.error());
    co_return co_await route.answer(with, request, *who);
}

template <class Answer>
http::handler counted(api& with, const char* path, Answer answer) {
    return [&with, path, answer](server_request& request) -> answering {
        auto given = co_await answer(request);
        count(with, path, given.status);
        co_return given;
    };
}

}  // namespace

http::router make_routes(api& with) {
    http::router routes;
    for (const auto& route : open_routes) {
        const auto answer = [&with, &route](server_request& request) {
            return route.answer(with, request);
        };
        auto handler = counted(with, route.path, answer);
        routes.on(route.method, route.path, std::move(handler), route.most_body_bytes);
    }
    for (const auto& route : keyed_routes) {
        const auto answer = [&with, &route](server_request& request) {
            return answer_keyed(with, route, request);
        };
        routes.on(route.method, route.path, counted(with, route.path, answer));
    }
    return routes;
}

}  // namespace otp
