#include "common/async/run.hpp"
#include "common/config/program.hpp"
#include "common/log/log.hpp"
#include "worker/read_templates.hpp"
#include "worker/settings.hpp"
#include "worker/worker_program.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace {

using namespace otp;

exit_code run_worker(settings& source, worker_settings settings, template_set templates) {
    if (settings.code.length < 6)
        log::warning("short_codes").with("digits", settings.code.length);

    if (settings.send_limits.rules.countries.allowed.empty())
        log::warning("all_countries_allowed").with("setting", "OTP_COUNTRIES");

    boost::asio::io_context context(1);  // the hint: one thread runs it
    worker_program
        all(context.get_executor(), std::move(source), std::move(settings), std::move(templates));
    run_to_end(context, [&all] { return all.run(); });
    return exit_code::fine;
}

}  // namespace

int main(int argc, char** argv) {
    const auto prepare = [](settings& from) -> std::function<exit_code()> {
        const auto read = std::make_shared<worker_settings>(read_worker_settings(from));
        check_authorities(from, "AMQP_CA_FILE", read->servers.amqp_ca_file);
        check_authorities(from, "OTP_CA_FILE", read->ca_file);
        const auto templates =
            std::make_shared<template_set>(read_templates(from, read->templates));
        return [&from, read, templates] {
            return run_worker(from, std::move(*read), std::move(*templates));
        };
    };
    const program worker{
        "otp-worker",
        "Consumes send-otp jobs, calls providers, records outcomes; run as many as needed.",
        setting_reader::worker,
        prepare};
    return run_program(worker, argc, argv);
}
