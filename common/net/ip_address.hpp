#pragma once

#include <boost/asio/ip/address.hpp>

namespace otp::net {

// One address, however it is written: not IPv4 as IPv6, and without the name of a link of this
// host's.
boost::asio::ip::address plain_address(const boost::asio::ip::address& one);

// Whose address it is, as the first of that network: of IPv4 the address itself, of IPv6 its /64,
// since who has one address of it has them all.
boost::asio::ip::address client_network(const boost::asio::ip::address& one);

}  // namespace otp::net
