#include "common/http/proxy.hpp"

#include "common/core/base64.hpp"
#include "common/core/percent.hpp"

namespace otp::http {

namespace {

constexpr std::string_view scheme = "http://";

std::string written(const std::string& host, std::uint16_t port) {
    const bool is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "[" + host + "]:" : host + ":") + std::to_string(port);
}

}  // namespace

std::string proxy::place() const {
    return written(host, port);
}

boost::system::result<proxy, url_fault> parse_proxy(std::string_view text) {
    if (!text.starts_with(scheme))
        return url_fault{"a proxy is http://host:port or http://user:password@host:port"};
    text.remove_prefix(scheme.size());
    if (text.ends_with('/'))
        text.remove_suffix(1);
    proxy made;
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        const auto user = text.substr(0, at);
        const auto decoded = percent_decoded_secret(user);
        if (!decoded || user.find(':') == std::string_view::npos)
            return url_fault{"what is before the @ of a proxy is user:password, percent-encoded"};
        made.credentials = base64(decoded->reveal());
        text.remove_prefix(at + 1);
    }
    const auto place = parse_host_and_port(text);
    if (!place || place->port == 0)
        return url_fault{"a proxy has a host and a port, such as http://proxy.example.com:3128"};
    made.host = place->host;
    made.port = place->port;
    return made;
}

secret connect_request(const proxy& by, const url& origin) {
    const auto where = written(origin.host, origin.port);
    std::string head = "CONNECT " + where + " HTTP/1.1\r\nHost: " + where + "\r\n";
    if (by.credentials.empty())
        return secret(head + "\r\n");
    head += "Proxy-Authorization: Basic ";
    const auto credentials = by.credentials.reveal();
    secret request = secret::of_size(head.size() + credentials.size() + 4);
    auto* to = request.bytes().data();
    for (const std::string_view part :
         {std::string_view(head), credentials, std::string_view("\r\n\r\n")})
        to += part.copy(to, part.size());
    return request;
}

}  // namespace otp::http
