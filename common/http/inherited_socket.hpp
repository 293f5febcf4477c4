#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <optional>

namespace otp::http {

// A listening socket that this process was started with (sd_listen_fds(3)): the service manager
// keeps it open while we are restarted, and connections wait in it meanwhile.
struct inherited_socket {
    int descriptor;
    boost::asio::ip::tcp protocol;
};

// The one we were given; none where there is none. The environment's word is taken once: our
// children do not get it. Throws std::runtime_error where there are several, or where it is no
// listening TCP socket.
std::optional<inherited_socket> take_inherited_socket();

}  // namespace otp::http
