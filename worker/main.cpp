#include "common/amqp/transport.hpp"
#include "common/async/run.hpp"
#include "common/config/program.hpp"
#include "common/http/tls.hpp"
#include "common/log/log.hpp"
#include "worker/settings.hpp"
#include "worker/text/template_set.hpp"
#include "worker/worker_program.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <stdexcept>

namespace {

using namespace otp;

// A part that is made with a file of authorities that it cannot use throws, as for a bug.
void check_authorities(settings& from, const worker_settings& read) {
    try {
        if (!read.servers.amqp_ca_file.empty())
            amqp::make_tls_context(read.servers.amqp_ca_file);
    } catch (const std::runtime_error& e) {
        from.add_fault("AMQP_CA_FILE: " + std::string(e.what()));
    }
    try {
        if (!read.ca_file.empty())
            http::make_client_tls(read.ca_file);
    } catch (const std::invalid_argument& e) {
        from.add_fault("OTP_CA_FILE: " + std::string(e.what()));
    }
}

template_set load_templates(const std::string& folder) {
    auto templates = template_set::load(folder);
    if (templates)
        return std::move(*templates);
    std::string all = "templates cannot be used:";
    const auto faults = templates.error();
    for (const auto& fault : faults)
        all += "\n  " + fault.file + ":" + std::to_string(fault.line) + ": " + fault.reason;
    throw exit_with(exit_code::configuration, all);
}

exit_code run_worker(settings& source, worker_settings settings) {
    auto templates = load_templates(settings.templates);
    if (settings.code.length < 6)
        log::warning("short_codes").with("digits", settings.code.length);

    if (settings.send_limits.rules().countries.allowed.empty())
        log::warning("all_countries_allowed").with("setting", "OTP_COUNTRIES");

    boost::asio::io_context context(1);  // the hint: one thread runs it
    worker_program
        all(context.get_executor(), std::move(source), std::move(settings), std::move(templates));
    run_to_end(context, [&all] { return all.run(); });
    return exit_code::fine;
}

}  // namespace

int main(int argc, char** argv) {
    program self;
    self.name = "otp-worker";
    self.summary =
        "Consumes send-otp jobs, calls providers, records outcomes; run as many as needed.";
    self.setting_names = worker_setting_names();
    self.prepare = [](settings& from) -> std::function<exit_code()> {
        const auto read = std::make_shared<worker_settings>(read_worker_settings(from));
        check_authorities(from, *read);
        return [&from, read] { return run_worker(from, std::move(*read)); };
    };
    return run_program(self, argc, argv);
}
