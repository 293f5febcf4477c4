#include "common/limits/network_prefix.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace otp {

std::string network_prefix(const std::string& address) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool is_v4 = ::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1;
    if (!is_v4 && ::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1)
        return {};
    std::fill(bytes.begin() + (is_v4 ? 3 : 8), bytes.end(), static_cast<unsigned char>(0));
    ::inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
    return std::string(text.data()) + (is_v4 ? "/24" : "/64");
}

}  // namespace otp
