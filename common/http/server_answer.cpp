#include "common/http/server_connection.hpp"

#include <string>

namespace otp::http {
namespace {

// The `code` of the problem, for programs to tell errors apart.
std::string_view code_of(unsigned status) {
    switch (status) {
    case 400:
        return "malformed_request";
    case 404:
        return "not_found";
    case 405:
        return "method_not_allowed";
    case 408:
        return "request_timeout";
    case 413:
        return "body_too_large";
    case 417:
        return "expectation_failed";
    case 431:
        return "header_too_large";
    case 501:
        return "not_implemented";
    case 503:
        return "unavailable";
    case 505:
        return "http_version_not_supported";
    default:
        return "internal_error";
    }
}

}  // namespace

server_answer own_error(const server_options& options, unsigned status, std::string_view detail) {
    server_answer answer;
    if (options.error_body) {
        answer = options.error_body(status, detail);
    } else {
        answer.content_type = "application/problem+json";
        // Both texts are literals of this room, so nothing in them needs escaping.
        answer.body.append(R"({"type":"about:blank","title":")").append(reason_phrase(status));
        answer.body.append(R"(","status":)").append(std::to_string(status));
        answer.body.append(R"(,"detail":")").append(detail);
        answer.body.append(R"(","code":")").append(code_of(status)).append(R"("})");
    }
    answer.status = status;
    if (status == 503)
        answer.headers.emplace_back("Retry-After", "1");
    return answer;
}

void write_answer(wiped_buffer& to, const server_answer& answer, bool keep_alive, bool head_only) {
    const bool has_body = answer.status >= 200 && answer.status != 204 && answer.status != 304;
    const auto field = [&to](std::string_view name, std::string_view value) {
        to.append(name);
        to.append(": ");
        to.append(value);
        to.append("\r\n");
    };
    to.append("HTTP/1.1 ");
    to.append(answer.status);
    to.append(" ");
    to.append(reason_phrase(answer.status));
    to.append("\r\n");
    if (has_body) {
        if (!answer.content_type.empty())
            field("Content-Type", answer.content_type);
        to.append("Content-Length: ");
        to.append(answer.body.size() + answer.fixed_body.size());
        to.append("\r\n");
    }
    for (const auto& [name, value] : answer.headers)
        field(name, value);
    // HTTP/1.0 takes the absence of the word for "close", 1.1 for "keep-alive": always say it.
    field("Connection", keep_alive ? "keep-alive" : "close");
    to.append("\r\n");
    if (has_body && !head_only)
        to.append(answer.body);
}

}  // namespace otp::http
