#include "common/http/cors.hpp"

#include "common/http/url.hpp"

#include <algorithm>

namespace otp::http {

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
    const auto is_listed = [&](const std::string& one) { return one == "*" || one == origin; };
    const auto found = std::ranges::find_if(origins, is_listed);
    if (origin.empty() || found == origins.end())
        return;
    answer.headers.emplace_back("Access-Control-Allow-Origin", *found);
    answer.headers.emplace_back("Access-Control-Expose-Headers", "Retry-After");
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
