#include "common/http/url.hpp"

#include "common/core/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace otp::http {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, port);
    if (text.empty() || read.ec != std::errc() || read.ptr != end)
        return std::nullopt;
    return port;
}

bool is_host(std::string_view text, bool bracketed) {
    return !text.empty() && std::ranges::all_of(text, [bracketed](char c) {
        return is_alphanumeric(c) || c == '.' || (bracketed ? c == ':' : c == '-' || c == '_');
    });
}

// Splits "host", "host:port", "[v6]" and "[v6]:port"; the port's text may be missing.
bool split_authority(std::string_view text, std::string_view& host, std::string_view& port) {
    const bool bracketed = text.starts_with('[');
    const auto end = bracketed ? text.find(']') : text.find(':');
    if (bracketed) {
        if (end == std::string_view::npos)
            return false;
        host = text.substr(1, end - 1);
        port = text.substr(end + 1);
    } else {
        host = text.substr(0, end);
        port = end == std::string_view::npos ? std::string_view() : text.substr(end);
    }
    return is_host(host, bracketed) && (port.empty() || port.starts_with(':'));
}

}  // namespace

std::string url::authority() const {
    std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (scheme == "https" ? 443 : 80))
        text += ":" + std::to_string(port);
    return text;
}

boost::system::result<url, url_fault> parse_url(std::string_view text) {
    if (!std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; }))
        return url_fault{"a URL holds only printable ASCII without spaces"};
    url result;
    const auto scheme_end = std::min(text.find("://"), text.size());
    result.scheme = lower_case(text.substr(0, scheme_end));
    if (scheme_end == text.size() || (result.scheme != "http" && result.scheme != "https"))
        return url_fault{"a URL begins with http:// or https://"};
    text.remove_prefix(scheme_end + 3);

    const auto authority = text.substr(0, text.find_first_of("/?#"));
    text.remove_prefix(authority.size());
    if (authority.find('@') != std::string_view::npos)
        return url_fault{"a URL here has no user or password before the host"};
    std::string_view host;
    std::string_view port;
    if (!split_authority(authority, host, port))
        return url_fault{"a URL has a host name or address behind ://"};
    result.host = lower_case(host);
    result.port = result.scheme == "https" ? 443 : 80;
    if (!port.empty()) {
        const auto number = parse_port(port.substr(1));
        if (!number || *number == 0)
            return url_fault{"the port of a URL is a number from 1 to 65535"};
        result.port = *number;
    }
    if (text.find('#') != std::string_view::npos)
        return url_fault{"a URL here has no fragment (#)"};
    result.target = text.starts_with('/') ? std::string(text) : "/" + std::string(text);
    return result;
}

std::optional<host_and_port> parse_host_and_port(std::string_view text) {
    std::string_view host;
    std::string_view port;
    if (!split_authority(text, host, port) || port.empty())
        return std::nullopt;
    const auto number = parse_port(port.substr(1));
    if (!number)
        return std::nullopt;
    return host_and_port{std::string(host), *number};
}

}  // namespace otp::http
