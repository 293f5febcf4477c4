#include "common/async/run.hpp"
#include "common/config/program.hpp"
#include "common/log/log.hpp"
#include "worker/settings.hpp"
#include "worker/text/template_set.hpp"
#include "worker/worker_program.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>

namespace {

using namespace otp;

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
    std::optional<worker_program> all;
    try {
        all.emplace(
            context.get_executor(),
            std::move(source),
            std::move(settings),
            std::move(templates)
        );
    } catch (const std::exception& e) {  // a CA file that cannot be used
        throw exit_with(exit_code::configuration, e.what());
    }
    run_to_end(context, [&all] { return all->run(); });
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
        return [&from, read] { return run_worker(from, std::move(*read)); };
    };
    return run_program(self, argc, argv);
}
