#include "common/async/run.hpp"
#include "ctl/doctor/checks.hpp"
#include "ctl/flags.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"
#include "ctl/unit_secrets.hpp"

#include <iostream>

namespace otp {

namespace asio = boost::asio;

namespace {

asio::awaitable<void> examine(const examined_settings& of, findings& into) {
    co_await check_database(of, into);
    co_await check_broker(of, into);
    co_await check_urls(of, into);
}

}  // namespace

exit_code run_doctor(settings& from, const std::vector<std::string>& words) {
    const flags given(words, {"--program", "--templates"}, {"--json"});
    const auto program = given.text("--program");
    if (!given.words().empty() || (!program.empty() && program != "worker" && program != "verify"))
        throw exit_with(
            exit_code::usage,
            "doctor takes --program worker, --program verify, or both"
        );
    const bool worker = program != "verify";
    const bool verify = program != "worker";
    std::vector<std::string> folders{"shared"};
    if (worker)
        folders.emplace_back("worker");
    if (verify)
        folders.emplace_back("verify");
    take_unit_secrets(from, folders);
    findings found;
    auto of = check_settings(from, worker, verify, found);
    if (given.has("--templates"))
        of.templates = given.text("--templates");
    check_keys(of, found);
    check_secret_files(from, found);
    check_certificates(of, found);
    check_templates(of, found);
    run_to_end([&] { return examine(of, found); });
    std::cout << (given.has("--json") ? report_json(found) : report_text(found));
    return found.count(finding::grade::fault) == 0 ? exit_code::fine : exit_code::configuration;
}

}  // namespace otp
