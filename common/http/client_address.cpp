#include "common/http/client_address.hpp"

#include "common/core/ascii.hpp"
#include "common/net/ip_address.hpp"

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <charconv>

namespace otp::http {

namespace ip = boost::asio::ip;

namespace {

std::optional<ip::address> read_address(std::string_view text) {
    boost::system::error_code error;
    const auto address = ip::make_address(std::string(text), error);
    if (error)
        return std::nullopt;
    return net::plain_address(address);
}

// An entry of X-Forwarded-For: an address, by some proxies with the port.
std::optional<ip::address> read_hop(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        return end == std::string_view::npos ? std::nullopt : read_address(text.substr(1, end - 1));
    }
    if (const auto colon = text.find(':'); colon == text.rfind(':'))
        text = text.substr(0, colon);
    return read_address(text);
}

// What the proxies wrote, in wire order; several fields are one list.
std::vector<std::string_view> hops_of(const server_request& request) {
    std::vector<std::string_view> hops;
    for (const auto& [name, value] : request.headers) {
        if (name != "x-forwarded-for")
            continue;
        std::string_view rest = value;
        while (true) {
            const auto comma = rest.find(',');
            hops.push_back(rest.substr(0, comma));
            if (comma == std::string_view::npos)
                break;
            rest.remove_prefix(comma + 1);
        }
    }
    return hops;
}

}  // namespace

std::optional<address_range> address_range::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = read_address(text.substr(0, slash));
    if (!address)
        return std::nullopt;
    const unsigned short whole = address->is_v4() ? 32 : 128;
    unsigned short prefix = whole;
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        const auto end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, prefix);
        if (read.ec != std::errc() || read.ptr != end || prefix > whole)
            return std::nullopt;
    }
    return address_range(*address, prefix);
}

bool address_range::holds(const ip::address& one) const {
    const auto looked_for = net::plain_address(one);
    if (looked_for.is_v4() != network_.is_v4())
        return false;
    if (network_.is_v4())
        return ip::network_v4(looked_for.to_v4(), prefix_).network() ==
               ip::network_v4(network_.to_v4(), prefix_).network();
    return ip::network_v6(looked_for.to_v6(), prefix_).network() ==
           ip::network_v6(network_.to_v6(), prefix_).network();
}

ip::address client_address(
    const server_request& request,
    const std::vector<address_range>& trusted
) {
    const auto is_trusted = [&](const ip::address& one) {
        return std::ranges::any_of(trusted, [&](const auto& range) { return range.holds(one); });
    };
    auto at = net::plain_address(request.peer);
    auto hops = hops_of(request);
    while (!hops.empty() && is_trusted(at)) {
        const auto before = read_hop(hops.back());
        if (!before)
            break;
        at = *before;
        hops.pop_back();
    }
    return at;
}

}  // namespace otp::http
