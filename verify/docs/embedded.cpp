#include "verify/docs/embedded.hpp"

#include <algorithm>
#include <array>

// The assembler takes the file as it is: a C++ array of three megabytes would take minutes to
// compile.
#define OTP_EMBED(symbol, path)                                                                    \
    asm(".pushsection .rodata\n" #symbol "_begin:\n.incbin \"" path "\"\n" #symbol                 \
        "_end:\n.byte 0\n.popsection\n");                                                          \
    extern "C" const char symbol##_begin[];                                                        \
    extern "C" const char symbol##_end[]

OTP_EMBED(otp_openapi, OTP_EMBEDDED "openapi.json");
OTP_EMBED(otp_swagger_bundle, OTP_EMBEDDED "swagger-ui-bundle.js");
OTP_EMBED(otp_swagger_style, OTP_EMBEDDED "swagger-ui.css");
OTP_EMBED(otp_redoc_bundle, OTP_EMBEDDED "redoc.standalone.js");
OTP_EMBED(otp_swagger_page, OTP_PAGES "swagger.html");
OTP_EMBED(otp_swagger_start, OTP_PAGES "swagger.js");
OTP_EMBED(otp_redoc_page, OTP_PAGES "redoc.html");
OTP_EMBED(otp_redoc_start, OTP_PAGES "redoc.js");
OTP_EMBED(otp_absent_page, OTP_PAGES "absent.html");

namespace otp {

namespace {

constexpr std::string_view html = "text/html; charset=utf-8";
constexpr std::string_view script = "text/javascript; charset=utf-8";
constexpr std::string_view style = "text/css; charset=utf-8";

std::string_view between(const char* begin, const char* end) {
    return {begin, static_cast<std::size_t>(end - begin)};
}

const std::array<embedded_file, 9>& files() {
    static const std::array<embedded_file, 9> all{{
        {"openapi.json", "application/json", between(otp_openapi_begin, otp_openapi_end)},
        {"swagger-ui-bundle.js", script, between(otp_swagger_bundle_begin, otp_swagger_bundle_end)},
        {"swagger-ui.css", style, between(otp_swagger_style_begin, otp_swagger_style_end)},
        {"redoc.standalone.js", script, between(otp_redoc_bundle_begin, otp_redoc_bundle_end)},
        {"swagger.html", html, between(otp_swagger_page_begin, otp_swagger_page_end)},
        {"swagger.js", script, between(otp_swagger_start_begin, otp_swagger_start_end)},
        {"redoc.html", html, between(otp_redoc_page_begin, otp_redoc_page_end)},
        {"redoc.js", script, between(otp_redoc_start_begin, otp_redoc_start_end)},
        {"absent.html", html, between(otp_absent_page_begin, otp_absent_page_end)},
    }};
    return all;
}

}  // namespace

const embedded_file* find_embedded(std::string_view name) {
    const auto found = std::ranges::find(files(), name, &embedded_file::name);
    return found == files().end() ? nullptr : found;
}

}  // namespace otp
