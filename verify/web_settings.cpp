#include "verify/web_settings.hpp"

#include "common/net/ip_address.hpp"
#include "common/net/tls.hpp"
#include "verify/answer_headers.hpp"

#include <algorithm>
#include <stdexcept>

namespace otp {

namespace {

void read_tls(settings& from, web_settings& into) {
    into.certificate_file = from.text("OTP_TLS_CERT_FILE");
    into.key_file = from.text("OTP_TLS_KEY_FILE");
    if (into.certificate_file.empty() && into.key_file.empty())
        return;
    if (into.certificate_file.empty() || into.key_file.empty()) {
        from.fault("OTP_TLS_CERT_FILE", "and OTP_TLS_KEY_FILE go together: one of them is missing");
        return;
    }
    try {
        net::make_server_tls(into.certificate_file, into.key_file);
    } catch (const std::invalid_argument& e) {
        from.fault("OTP_TLS_CERT_FILE", std::string("and OTP_TLS_KEY_FILE: ") + e.what());
    }
}

void read_origins(settings& from, web_settings& into) {
    into.origins = from.list("OTP_CORS_ORIGINS");
    for (const auto& origin : into.origins)
        if (!http::is_origin(origin))
            from.fault(
                "OTP_CORS_ORIGINS",
                "must be origins as browsers send them, such as https://app.example.com (no path,"
                " no final slash), or *"
            );
}

void read_proxies(settings& from, web_settings& into) {
    for (const auto& text : from.list("OTP_TRUSTED_PROXIES")) {
        if (auto range = http::address_range::parse(text))
            into.trusted_proxies.push_back(std::move(*range));
        else
            from.fault(
                "OTP_TRUSTED_PROXIES",
                "must be networks or addresses, such as 10.0.0.0/8,2001:db8::1"
            );
    }
    into.limit_peer_address = from.yes("OTP_LIMIT_PEER_ADDRESS", false);
}

void read_connections(settings& from, web_settings& into) {
    constexpr auto name = "OTP_CONNECTIONS_OF_ADDRESS";
    into.bounds_loopback = from.is_set(name);
    into.connections_of_address = static_cast<std::size_t>(from.whole(name, 1, 4096, 256));
}

}  // namespace

web_settings read_web_settings(settings& from) {
    web_settings all;
    read_tls(from, all);
    all.reuse_port = from.yes("OTP_REUSE_PORT", true);
    read_origins(from, all);
    read_proxies(from, all);
    read_connections(from, all);
    return all;
}

http::server_options server_options_of(const web_settings& from) {
    http::server_options options;
    options.certificate_file = from.certificate_file;
    options.key_file = from.key_file;
    options.reuse_port = from.reuse_port;
    options.most_connections_of = [from, all = options.most_connections](const auto& peer) {
        const auto holds = [&peer](const auto& range) { return range.holds(peer); };
        const bool unbound = (net::plain_address(peer).is_loopback() && !from.bounds_loopback) ||
                             std::ranges::any_of(from.trusted_proxies, holds);
        return unbound ? all : from.connections_of_address;
    };
    const auto origins = from.origins;
    options.finish = [origins](const http::server_request& request, http::server_answer& answer) {
        add_answer_headers(answer);
        http::allow_origin(origins, request, answer);
    };
    return options;
}

}  // namespace otp
