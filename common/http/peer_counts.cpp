#include "common/http/peer_counts.hpp"

#include <algorithm>

namespace otp::http {

namespace ip = boost::asio::ip;

namespace {

ip::address client_at(const ip::address& peer) {
    if (peer.is_v4())
        return peer;
    if (peer.to_v6().is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, peer.to_v6());
    auto bytes = peer.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return ip::address_v6(bytes);
}

}  // namespace

bool peer_counts::enter(const ip::address& peer, std::size_t most) {
    if (most == 0)
        return false;
    auto& count = open_[client_at(peer)];
    if (count >= most)
        return false;
    ++count;
    return true;
}

void peer_counts::leave(const ip::address& peer) {
    const auto found = open_.find(client_at(peer));
    if (--found->second == 0)
        open_.erase(found);
}

}  // namespace otp::http
