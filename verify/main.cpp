#include "common/config/program.hpp"
#include "common/log/log.hpp"
#include "verify/verify_program.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace {

otp::exit_code serve(otp::settings& source, const otp::verify_settings& from) {
    if (from.code.length < 6)
        otp::log::warning("short_codes").with("code_length", from.code.length);
    if (from.send_limits.rules.countries.allowed.empty())
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
    otp::check_authorities(from, "AMQP_CA_FILE", read->servers.amqp_ca_file);
    return [&from, read] { return serve(from, *read); };
}

}  // namespace

int main(int argc, char** argv) {
    const otp::program verify{
        "otp-verify",
        "Checks one-time codes, accepts sends and shows their status over HTTP.",
        otp::setting_reader::verify,
        prepare};
    return otp::run_program(verify, argc, argv);
}
