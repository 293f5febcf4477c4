#include "common/http/peer_counts.hpp"

#include "common/net/ip_address.hpp"

namespace otp::http {

namespace ip = boost::asio::ip;

bool peer_counts::enter(const ip::address& peer, std::size_t most) {
    if (most == 0)
        return false;
    auto& count = open_[net::client_network(peer)];
    if (count >= most)
        return false;
    ++count;
    return true;
}

void peer_counts::leave(const ip::address& peer) {
    const auto found = open_.find(net::client_network(peer));
    if (--found->second == 0)
        open_.erase(found);
}

}  // namespace otp::http
