#pragma once

#include "common/http/server.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace otp::http {

// The addresses of one network: "10.0.0.0/8", "2001:db8::/32", or a single one.
class address_range {
public:
    // Empty where the text is neither.
    static std::optional<address_range> parse(std::string_view text);

    bool holds(const boost::asio::ip::address& one) const;

private:
    address_range(boost::asio::ip::address network, unsigned short prefix)
        : network_(std::move(network)),
          prefix_(prefix) {}

    boost::asio::ip::address network_;
    unsigned short prefix_;
};

// Whose request it is: the peer's address, and where that is a trusted proxy, what it says in
// X-Forwarded-For. That is read from right to left, as long as the one who wrote an entry is
// trusted: what stands further left anybody may have made up. IPv4 written as IPv6 is IPv4.
boost::asio::ip::address client_address(
    const server_request& request,
    const std::vector<address_range>& trusted
);

}  // namespace otp::http
