#include "common/net/loopback.hpp"

#include <boost/asio/ip/address.hpp>

namespace otp::net {

bool is_loopback(const std::string& host) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    return host == "localhost" || (!error && address.is_loopback());
}

}  // namespace otp::net
