#include "verify/webhooks/from_twilio.hpp"

#include "common/core/ascii.hpp"
#include "common/core/hex.hpp"
#include "common/core/sha256.hpp"
#include "common/provider/twilio_signature.hpp"
#include "verify/webhooks/twilio_receipt.hpp"

#include <algorithm>

namespace otp {

namespace {

struct port_place {
    std::size_t at;    // of the colon, or of the end of the host where there is no port
    std::size_t size;  // with the colon; 0 where there is none
};

port_place port_of(std::string_view url) {
    const auto begin = url.find("://") + 3;
    const auto end = std::min(url.find_first_of("/?", begin), url.size());
    const auto authority = url.substr(begin, end - begin);
    const auto colon = authority.rfind(':');
    const auto bracket = authority.rfind(']');  // the colons of an IPv6 address are inside
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (!has_port)
        return {end, 0};
    return {begin + colon, authority.size() - colon};
}

bool is_form(const http::server_request& request) {
    constexpr std::string_view type = "application/x-www-form-urlencoded";
    return starts_with_ignoring_case(request.header("content-type"), type);
}

bool is_body_of(const http::server_request& request) {
    const auto query = http::decode_form(request.query);
    if (!query)
        return false;
    const secret promised(http::form_value(*query, "bodySHA256"));
    return promised.equals(to_hex(sha256(request.body.reveal())));
}

bool is_signed(
    const http::server_request& request,
    std::string_view public_base,
    const secret& auth_token,
    const http::form& parameters
) {
    const secret given(request.only_header("x-twilio-signature"));
    std::string url(public_base);
    url += request.path;
    if (!request.query.empty())
        (url += '?') += request.query;
    const auto token = auth_token.reveal();
    const bool one = given.equals(twilio_signature(token, with_port(url), parameters));
    const bool other = given.equals(twilio_signature(token, without_port(url), parameters));
    return one || other;
}

}  // namespace

std::string with_port(std::string_view url) {
    const auto port = port_of(url);
    std::string with(url);
    if (port.size == 0)
        with.insert(port.at, url.starts_with("https:") ? ":443" : ":80");
    return with;
}

std::string without_port(std::string_view url) {
    const auto port = port_of(url);
    std::string without(url);
    without.erase(port.at, port.size);
    return without;
}

std::optional<http::form> fields_from_twilio(
    const http::server_request& request,
    std::string_view public_base,
    const secret& auth_token
) {
    // Without them nothing can be told from a forgery.
    if (public_base.empty() || auth_token.empty())
        return std::nullopt;
    const auto body = request.body.reveal();
    if (is_form(request)) {
        auto fields = http::decode_form(body);
        if (!fields || !is_signed(request, public_base, auth_token, *fields))
            return std::nullopt;
        return std::move(*fields);
    }
    if (!is_signed(request, public_base, auth_token, {}) || !is_body_of(request))
        return std::nullopt;
    return fields_of_json(body).value_or(http::form());
}

}  // namespace otp
