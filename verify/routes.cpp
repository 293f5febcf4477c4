#include "verify/routes.hpp"

#include "common/net/ip_address.hpp"
#include "verify/check/check_verification.hpp"
#include "verify/docs/pages.hpp"
#include "verify/health.hpp"
#include "verify/older/older_answer.hpp"
#include "verify/older/older_check.hpp"
#include "verify/older/older_send.hpp"
#include "verify/proof/jwks.hpp"
#include "verify/read/list_deliveries.hpp"
#include "verify/read/read_verification.hpp"
#include "verify/send/cancel_verification.hpp"
#include "verify/send/resend_verification.hpp"
#include "verify/send/send_verification.hpp"

#include <chrono>
#include <map>

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

answering resend_route(api& with, server_request& request, const caller& who) {
    return resend_verification(with.sends, with.database, with.defaults, request, who);
}

answering cancel_route(api& with, server_request& request, const caller& who) {
    return cancel_verification(with.database, with.events, request, who);
}

answering list_route(api& with, server_request& request, const caller& who) {
    return list_deliveries(with.database, with.defaults.region, request, who);
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

// Whom the hourly limit counts on the older routes, whose bodies name no client.
std::optional<std::string> limited_address(const api& with, const server_request& request) {
    if (!with.web.limit_peer_address)
        return std::nullopt;
    const auto client = http::client_address(request, with.web.trusted_proxies);
    return net::client_network(client).to_string();
}

answering older_send_route(api& with, server_request& request, const caller& who) {
    auto client = limited_address(with, request);
    const auto& answers = older::full_answers;
    return older::send_otp(with.sends, with.defaults, request, who, std::move(client), answers);
}

answering generate_route(api& with, server_request& request, const caller& who) {
    auto client = limited_address(with, request);
    const auto& answers = older::plain_answers;
    return older::send_otp(with.sends, with.defaults, request, who, std::move(client), answers);
}

answering older_check_route(api& with, server_request& request, const caller& who) {
    return older::verify_otp(with.checks, with.defaults, request, who);
}

answering plain_check_route(api& with, server_request& request, const caller& who) {
    return older::verify_plain_otp(with.checks, with.store, with.defaults, request, who);
}

answering test_text_route(api& with, server_request& request, const caller& who) {
    return older::send_test_text(
        with.sends,
        with.store,
        with.defaults,
        with.test_number,
        request,
        who,
        limited_address(with, request)
    );
}

answering provider_settings_route(api& with, server_request&, const caller&) {
    http::server_answer answer;
    answer.body = with.provider_view.settings;
    co_return answer;
}

answering provider_request_route(api& with, server_request&, const caller&) {
    http::server_answer answer;
    answer.body = with.provider_view.test_request;
    co_return answer;
}

answering older_health_route(api&, server_request&) {
    co_return older::healthy();
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

answering openapi_route(api&, server_request&) {
    co_return openapi_document();
}

answering docs_route(api&, server_request&) {
    co_return swagger_page();
}

answering redoc_route(api&, server_request&) {
    co_return redoc_page();
}

answering docs_asset_route(api&, server_request& request) {
    co_return docs_asset(request.captures.at("asset"));
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
    {"GET", "/health", older_health_route},
    {"GET", "/health/", older_health_route},
    {"GET", "/metrics", metrics_route},
    {"GET", "/openapi.json", openapi_route},
    {"GET", "/docs", docs_route},
    {"GET", "/docs/{asset}", docs_asset_route},
    {"GET", "/redoc", redoc_route},
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
    {"DELETE", "/v1/verifications/{id}", scope::send, cancel_route},
    {"POST", "/v1/verifications/{id}/resend", scope::send, resend_route},
    {"GET", "/v1/deliveries", scope::read, list_route},
    {"POST", "/v1/verifications/{id}/check", scope::check, check_id_route},
    {"POST", "/v1/check", scope::check, check_route},
};

// The same; each is there with a slash at the end, too, as their clients write it.
constexpr keyed_route older_routes[] = {
    {"POST", "/send-otp", scope::send, older_send_route},
    {"POST", "/resend-otp", scope::send, older_send_route},
    {"POST", "/verify-otp", scope::check, older_check_route},
    {"POST", "/api/v1/messaging/send-otp", scope::send, older_send_route},
    {"POST", "/api/v1/messaging/verify-otp", scope::check, older_check_route},
    {"GET", "/api/v1/messaging/test-twilio", scope::send, test_text_route},
    {"POST", "/otp/generate", scope::send, generate_route},
    {"POST", "/otp/verify", scope::check, plain_check_route},
    {"GET", "/debug/whatsapp", scope::admin, provider_settings_route},
    {"GET", "/debug/test-request", scope::admin, provider_request_route},
};

answering answer_keyed(api& with, const keyed_route& route, server_request& request) {
    const auto who = co_await with.gate.admit(request, route.needed);
    if (!who)
        co_return refusal_of(who.error());
    co_return co_await route.answer(with, request, *who);
}

// Observes its life, also where a handler fails or is cancelled.
struct observed {
    ~observed() { by.Observe(seconds(std::chrono::steady_clock::now() - began)); }

    prometheus::Histogram& by;
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};

template <class Answer>
http::handler timed(api& with, const char* path, Answer answer) {
    auto& time = with.counts.time_of(path);
    return [&time, answer](server_request& request) -> answering {
        const observed here{time};
        co_return co_await answer(request);
    };
}

void add_keyed(http::router& to, api& with, const keyed_route& route, const std::string& path) {
    const auto answer = [&with, &route](server_request& request) {
        return answer_keyed(with, route, request);
    };
    to.on(route.method, path, timed(with, route.path, answer));
}

// Browsers ask before they send a key or JSON to another origin.
void add_preflights(http::router& to, const std::map<std::string, std::string>& methods_of) {
    for (const auto& [path, methods] : methods_of) {
        const auto answer = [methods = methods](server_request&) -> answering {
            co_return http::preflight_answer(methods);
        };
        to.on("OPTIONS", path, answer);
    }
}

}  // namespace

http::router make_routes(api& with) {
    http::router routes;
    std::map<std::string, std::string> methods_of;  // each path
    const auto add = [&](const keyed_route& route, const std::string& path) {
        add_keyed(routes, with, route, path);
        auto& methods = methods_of[path];
        methods.append(methods.empty() ? "" : ", ").append(route.method);
    };
    for (const auto& route : open_routes) {
        const auto answer = [&with, &route](server_request& request) {
            return route.answer(with, request);
        };
        auto handler = timed(with, route.path, answer);
        routes.on(route.method, route.path, std::move(handler), route.most_body_bytes);
    }
    for (const auto& route : keyed_routes)
        add(route, route.path);
    for (const auto& route : older_routes) {
        add(route, route.path);
        add(route, std::string(route.path) + "/");
    }
    if (!with.web.origins.empty())
        add_preflights(routes, methods_of);
    return routes;
}

http::server_options counting(http::server_options options, verify_metrics& counts) {
    options.finish = [finish = std::move(options.finish),
                      &counts](const server_request& request, http::server_answer& answer) {
        if (finish)
            finish(request, answer);
        std::string_view route = request.route;
        if (route.size() > 1 && route.ends_with('/'))
            route.remove_suffix(1);  // an older route, which is there twice
        counts.answered(route.empty() ? "none" : route, answer.status);
    };
    return options;
}

}  // namespace otp
