#include "common/net/ip_address.hpp"

#include <boost/asio/ip/network_v6.hpp>

namespace otp::net {

namespace ip = boost::asio::ip;

ip::address plain_address(const ip::address& one) {
    if (!one.is_v6())
        return one;
    auto address = one.to_v6();
    if (address.is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, address);
    address.scope_id(0);
    return address;
}

ip::address client_network(const ip::address& one) {
    const auto address = plain_address(one);
    if (address.is_v4())
        return address;
    return ip::network_v6(address.to_v6(), 64).network();
}

}  // namespace otp::net
