#include "common/amqp/url.hpp"

#include "common/core/percent.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace otp::amqp {

namespace {

using parsed_broker = boost::system::result<broker, std::string>;

bool is_port(std::string_view text) {
    unsigned number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() && number >= 1 &&
           number <= 65535;
}

bool read_user(std::string_view text, broker& out) {
    const std::size_t colon = text.find(':');
    const auto user = percent_decoded(text.substr(0, colon));
    if (!user || user->empty())
        return false;
    out.user = *user;
    if (colon == std::string_view::npos)
        return true;
    auto password = percent_decoded_secret(text.substr(colon + 1));
    if (!password)
        return false;
    out.password = std::move(*password);
    return true;
}

// "host", "host:port", "[::1]:port". An error is the rule that was broken.
std::string read_host(std::string_view text, broker& out) {
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos)
            return "an IPv6 address ends with ']'";
        out.host = text.substr(1, end - 1);
        port = text.substr(end + 1);
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        out.host = text.substr(0, colon);
        port = text.substr(colon);
    }
    if (out.host.empty())
        return "a host is missing";
    out.port = out.tls ? "5671" : "5672";
    if (port.empty())
        return {};
    out.port = port.substr(1);
    return port.front() == ':' && is_port(out.port) ? std::string()
                                                    : "a port is a number from 1 to 65535";
}

parsed_broker parse_url(std::string_view url) {
    broker found;
    found.tls = url.starts_with("amqps://");
    if (!found.tls && !url.starts_with("amqp://"))
        return std::string("it must begin with amqp:// or amqps://");
    std::string_view rest = url.substr(url.find("://") + 3);

    if (rest.find_first_of("?#") != std::string_view::npos)
        return std::string("no parameters are known; write a '?' or '#' as %3F or %23");
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view authority = rest.substr(0, slash);
    const std::string_view path = rest.substr(std::min(slash + 1, rest.size()));

    const std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos && !read_user(authority.substr(0, at), found))
        return std::string("user and password are text with %XX for other characters");
    std::string fault =
        read_host(at == std::string_view::npos ? authority : authority.substr(at + 1), found);
    if (!fault.empty())
        return fault;

    const auto vhost = percent_decoded(path);
    if (!vhost || path.find('/') != std::string_view::npos)
        return std::string("the virtual host is one path segment; write a '/' in it as %2F");
    if (!vhost->empty())
        found.vhost = *vhost;
    if (found.vhost.size() > 255)
        return std::string("a virtual host has at most 255 octets");
    return found;
}

}  // namespace

broker broker::clone() const {
    broker copy;
    copy.host = host;
    copy.port = port;
    copy.vhost = vhost;
    copy.user = user;
    copy.password = password.clone();
    copy.tls = tls;
    return copy;
}

std::string broker::address() const {
    return host + ':' + port;
}

std::vector<broker> clone(const std::vector<broker>& brokers) {
    std::vector<broker> copies;
    for (const broker& one : brokers)
        copies.push_back(one.clone());
    return copies;
}

boost::system::result<std::vector<broker>, std::string> parse_urls(std::string_view list) {
    std::vector<broker> brokers;
    for (std::size_t begin = 0; begin <= list.size();) {
        const std::size_t end = std::min(list.find(',', begin), list.size());
        auto parsed = parse_url(list.substr(begin, end - begin));
        if (!parsed)
            return "address " + std::to_string(brokers.size() + 1) + ": " + parsed.error();
        brokers.push_back(std::move(*parsed));
        begin = end + 1;
    }
    return brokers;
}

}  // namespace otp::amqp
