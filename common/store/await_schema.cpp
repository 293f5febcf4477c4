#include "common/store/await_schema.hpp"

#include "common/config/program.hpp"
#include "common/log/log.hpp"
#include "common/postgres/connect.hpp"
#include "common/postgres/migrations.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds pause{250};

asio::awaitable<postgres::result<int>> read_version(
    const secret& database_url,
    const std::string& program,
    deadline at
) {
    postgres::connect_options options;
    options.application_name = program;
    auto database = co_await postgres::connect(database_url, options, at);
    if (!database)
        co_return database.error();
    co_return co_await postgres::schema_version(*database, at);
}

void require_version(int found) {
    const int needed = postgres::required_schema_version();
    if (found < needed)
        throw exit_with(
            exit_code::configuration,
            "the database schema has version " + std::to_string(found) + ", this program needs " +
                std::to_string(needed) + ": run `otpctl migrate`"
        );
}

}  // namespace

asio::awaitable<void> await_schema(
    const secret& database_url,
    const std::string& program,
    deadline at
) {
    for (bool told = false;; told = true) {
        const auto version = co_await read_version(database_url, program, at);
        if (version) {
            require_version(*version);
            co_return;
        }
        const auto why = version.error().text();
        if (std::chrono::steady_clock::now() + pause >= at)
            throw exit_with(exit_code::unavailable, "PostgreSQL cannot be reached: " + why);
        if (!told)
            log::warning("waiting_for_database").with("error", why);
        co_await sleep_for(pause);
    }
}

}  // namespace otp
