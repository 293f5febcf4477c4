#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <map>

namespace otp::http {

// How many connections each client has open, so that none takes the room of all others. An IPv6
// network of 64 bits is one client: who has one address of it has them all. IPv4 written as IPv6 is
// IPv4.
class peer_counts {
public:
    // False where it has `most` already, which then does not count.
    bool enter(const boost::asio::ip::address& peer, std::size_t most);
    // For each enter() that gave true.
    void leave(const boost::asio::ip::address& peer);

    bool empty() const noexcept { return open_.empty(); }

private:
    std::map<boost::asio::ip::address, std::size_t> open_;
};

}  // namespace otp::http
