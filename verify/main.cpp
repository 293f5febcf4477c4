#include "common/amqp/transport.hpp"
#include "common/config/program.hpp"
#include "common/log/log.hpp"
#include "verify/verify_program.hpp"

#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

namespace {

// A connection that is made with a file of authorities that it cannot use throws, as for a bug.
void check_authorities(otp::settings& from, const otp::verify_settings& read) {
    try {
        if (!read.amqp_ca_file.empty())
            otp::amqp::make_tls_context(read.amqp_ca_file);
    } catch (const std::runtime_error& e) {
        from.add_fault("AMQP_CA_FILE: " + std::string(e.what()));
    }
}

otp::exit_code serve(otp::settings& source, const otp::verify_settings& from) {
    if (from.code.length < 6)
        otp::log::warning("short_codes").with("code_length", from.code.length);
    if (from.send_limits.rules().countries.allowed.empty())
        otp::log::warning("all_countries_allowed").with("setting", "OTP_COUNTRIES");
    boost::asio::io_context loop(1);
    otp::verify_program program(loop, std::move(source), from);
    program.start();
    loop.run();
    if (program.failure())
        std::rethrow_exception(program.failure());
    return otp::exit_code::fine;
}

std::function<otp::exit_code()> prepare(otp::settings& from) {
    const auto read = std::make_shared<otp::verify_settings>(otp::read_verify_settings(from));
    check_authorities(from, *read);
    return [&from, read] { return serve(from, *read); };
}

}  // namespace

int main(int argc, char** argv) {
    const otp::program verify{
        "otp-verify",
        "Checks one-time codes, accepts sends and shows their status over HTTP.",
        otp::verify_setting_names(),
        prepare};
    return otp::run_program(verify, argc, argv);
}
