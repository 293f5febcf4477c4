#include "verify/docs/pages.hpp"

#include "verify/docs/embedded.hpp"
#include "verify/problem.hpp"

#include <stdexcept>

namespace otp {

namespace {

// Both viewers write style elements as they go, so these are allowed from the page itself; scripts
// are not.
constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

http::server_answer answer_with(const embedded_file& file) {
    http::server_answer answer;
    answer.content_type = file.content_type;
    answer.fixed_body = file.bytes;
    return answer;
}

const embedded_file& needed(std::string_view name) {
    const auto* file = find_embedded(name);
    if (file == nullptr)
        throw std::logic_error("no embedded file " + std::string(name));
    return *file;
}

http::server_answer page(std::string_view name, std::string_view viewer) {
    const bool is_there = !needed(viewer).bytes.empty();
    auto answer = answer_with(needed(is_there ? name : "absent.html"));
    answer.headers.emplace_back("Content-Security-Policy", policy);
    return answer;
}

}  // namespace

http::server_answer openapi_document() {
    return answer_with(needed("openapi.json"));
}

http::server_answer swagger_page() {
    return page("swagger.html", "swagger-ui-bundle.js");
}

http::server_answer redoc_page() {
    return page("redoc.html", "redoc.standalone.js");
}

http::server_answer docs_asset(std::string_view name) {
    const auto* file = find_embedded(name);
    const bool is_asset = name.ends_with(".js") || name.ends_with(".css");
    if (file == nullptr || !is_asset || file->bytes.empty())
        return answer_of(not_found("there is no such file"));
    auto answer = answer_with(*file);
    // It changes with the program only.
    answer.headers.emplace_back("Cache-Control", "public, max-age=3600");
    return answer;
}

}  // namespace otp
