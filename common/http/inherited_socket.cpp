#include "common/http/inherited_socket.hpp"

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <stdexcept>

namespace otp::http {

std::optional<inherited_socket> take_inherited_socket() {
    constexpr int forget_them = 1;
    const int count = ::sd_listen_fds(forget_them);
    if (count <= 0)
        return std::nullopt;
    if (count > 1)
        throw std::runtime_error("LISTEN_FDS: expected one socket");
    constexpr int any_port = 0;
    constexpr int listening = 1;
    const int given = SD_LISTEN_FDS_START;
    if (::sd_is_socket_inet(given, AF_INET, SOCK_STREAM, listening, any_port) > 0)
        return inherited_socket{given, boost::asio::ip::tcp::v4()};
    if (::sd_is_socket_inet(given, AF_INET6, SOCK_STREAM, listening, any_port) > 0)
        return inherited_socket{given, boost::asio::ip::tcp::v6()};
    throw std::runtime_error("LISTEN_FDS: expected a listening TCP socket");
}

}  // namespace otp::http
