#include "verify/listen.hpp"

#include "common/config/program.hpp"
#include "common/http/inherited_socket.hpp"

#include <exception>
#include <string>

namespace otp {

namespace {

void listen_alone(http::server& with, const std::string& address) {
    try {
        with.listen(address);
    } catch (const std::exception& e) {
        throw exit_with(exit_code::configuration, "OTP_LISTEN: " + std::string(e.what()));
    }
}

}  // namespace

void listen(http::server& with, const verify_settings& from) {
    const auto inherited = http::take_inherited_socket();
    if (!inherited) {
        listen_alone(with, from.listen);
        return;
    }
    with.listen(*inherited);
    const bool may_be_open =
        from.auth_required || from.auth_off_anywhere || with.local().address().is_loopback();
    if (!may_be_open)
        throw exit_with(
            exit_code::configuration,
            "OTP_AUTH may be off only on loopback, and the socket of the service manager is not:"
            " bind it to 127.0.0.1, or set OTP_AUTH_OFF_ANYWHERE=yes"
        );
}

}  // namespace otp
