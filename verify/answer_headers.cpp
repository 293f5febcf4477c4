#include "verify/answer_headers.hpp"

#include <algorithm>
#include <string_view>

namespace otp {

namespace {

constexpr const char* page_policy =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

void add_missing(http::server_answer& to, std::string_view name, const char* value) {
    const auto is_there = [&](const auto& header) { return header.first == name; };
    if (std::ranges::none_of(to.headers, is_there))
        to.headers.emplace_back(name, value);
}

}  // namespace

void add_answer_headers(http::server_answer& to) {
    add_missing(to, "X-Content-Type-Options", "nosniff");
    add_missing(to, "Cache-Control", "no-store");
    add_missing(to, "Referrer-Policy", "no-referrer");
    if (to.content_type.starts_with("text/html"))
        add_missing(to, "Content-Security-Policy", page_policy);
}

}  // namespace otp
