#include "common/http/cors.hpp"

#include "common/http/url.hpp"

#include <algorithm>

namespace otp::http {

namespace {

// As it is listed, or "*"; null where it is not.
const std::string* find_listed(const allowed_origins& origins, std::string_view origin) {
    const auto found = std::ranges::find_if(origins, [&](const std::string& one) {
        return one == "*" || one == origin;
    });
    return found == origins.end() ? nullptr : &*found;
}

}  // namespace

bool is_origin(std::string_view text) {
    if (text == "*")
        return true;
    const auto url = parse_url(text);
    return url && url->origin() == text;
}

void allow_origin(
    const allowed_origins& origins,
    const server_request& request,
    server_answer& answer
) {
    if (origins.empty())
        return;
    // Also where there is no Origin: a cache must not give that answer to a page.
    answer.headers.emplace_back("Vary", "Origin");
    const auto origin = request.header("origin");
    const auto* found = find_listed(origins, origin);
    if (origin.empty() || found == nullptr)
        return;
    answer.headers.emplace_back("Access-Control-Allow-Origin", *found);
    answer.headers.emplace_back("Access-Control-Expose-Headers", "Retry-After");
}

bool is_of_unlisted_site(const allowed_origins& origins, const server_request& request) {
    return request.header("sec-fetch-site") == "cross-site" &&
           find_listed(origins, request.header("origin")) == nullptr;
}

server_answer preflight_answer(std::string_view methods) {
    server_answer answer;
    answer.status = 204;
    answer.headers.emplace_back("Access-Control-Allow-Methods", methods);
    answer.headers.emplace_back(
        "Access-Control-Allow-Headers",
        "Authorization, Content-Type, Idempotency-Key, traceparent"
    );
    answer.headers.emplace_back("Access-Control-Max-Age", "600");
    return answer;
}

}  // namespace otp::http
