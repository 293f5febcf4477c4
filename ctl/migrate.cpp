#include "common/async/run.hpp"
#include "common/config/installed_folder.hpp"
#include "common/json/json_writer.hpp"
#include "common/postgres/migrations.hpp"
#include "ctl/flags.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"

#include <iostream>

namespace otp {

namespace asio = boost::asio;

namespace {

void print(const postgres::migration_report& report, bool dry_run, bool json) {
    json_writer to;
    to.member("dry_run", dry_run).member("version", report.version).open_array("migrations");
    for (const auto& name : report.names) {
        to.item(name);
        if (!json)
            std::cout << (dry_run ? "would run " : "ran ") << name << "\n";
    }
    to.close_array();
    if (json)
        std::cout << to.take() << "\n";
    else
        std::cout << "the schema has version " << report.version << "\n";
}

asio::awaitable<void> migrate_database(settings& from, const flags& given) {
    const auto available =
        postgres::load_migrations(given.text("--folder", installed_folder("migrations")));
    if (!available)
        throw exit_with(exit_code::configuration, available.error());
    postgres::connection database = co_await connect_to_migrate(from);
    const bool dry_run = given.has("--dry-run");
    const auto at = std::chrono::steady_clock::now() + whole_table_limit;
    const auto report = co_await postgres::migrate(database, *available, dry_run, at);
    if (!report)
        throw exit_with(code_of(report.error()), report.error().text());
    print(*report, dry_run, given.has("--json"));
}

asio::awaitable<void> show_status(settings& from, bool json) {
    postgres::connection database = co_await connect_to_migrate(from);
    const auto at = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    const auto version = co_await postgres::schema_version(database, at);
    if (!version)
        throw exit_with(code_of(version.error()), version.error().text());
    const int needed = postgres::required_schema_version();
    if (json)
        std::cout << json_writer().member("version", *version).member("needed", needed).take()
                  << "\n";
    else
        std::cout << "the schema has version " << *version << "; this otpctl needs " << needed
                  << "\n";
    if (*version < needed)
        throw exit_with(exit_code::configuration, "run `otpctl migrate`");
}

}  // namespace

exit_code run_migrate(settings& from, const std::vector<std::string>& words) {
    const bool status = !words.empty() && words.front() == "status";
    const flags given =
        status ? flags(words, {}, {"--json"}) : flags(words, {"--folder"}, {"--dry-run", "--json"});
    if (given.words().size() != (status ? 1 : 0))
        throw exit_with(exit_code::usage, "migrate takes `status`, --dry-run or nothing");
    run_to_end([&] {
        return status ? show_status(from, given.has("--json")) : migrate_database(from, given);
    });
    return exit_code::fine;
}

}  // namespace otp
