#include "common/store/await_schema.hpp"

#include "common/config/program.hpp"
#include "common/log/log.hpp"
#include "common/postgres/connect.hpp"
#include "common/postgres/migrations.hpp"

#include <optional>
#include <string>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds pause{250};

// insufficient_privilege: schemas before 16 let no program read their version.
constexpr std::string_view no_right = "42501";

// Null where a schema this old has no such function. By the catalogue: to name a function takes
// rights of its own.
constexpr postgres::statement rights{
    "schema_rights",
    "select current_user::text, bool_or(has_function_privilege(p.oid, 'execute'))"
    " from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
    " where n.nspname = 'otp' and p.proname = $1"};

struct schema_state {
    std::string user;
    std::optional<bool> has_rights;
    int version = 0;  // 0 too where nobody but the superuser may read it yet
};

asio::awaitable<postgres::result<schema_state>> look(
    const secret& database_url,
    const schema_user& of,
    deadline at
) {
    postgres::connect_options options;
    options.application_name = of.program;
    auto database = co_await postgres::connect(database_url, options, at);
    if (!database)
        co_return database.error();
    const postgres::params function(of.function);
    const auto told = co_await database->execute(rights, function, at);
    if (!told)
        co_return told.error();
    schema_state found;
    found.user = told->get<std::string>(0, 0);
    found.has_rights = told->get<std::optional<bool>>(0, 1);
    if (found.has_rights == false)  // it may lack that of reading the version, too
        co_return found;
    const auto version = co_await postgres::schema_version(*database, at);
    if (version)
        found.version = *version;
    else if (!version.error().sqlstate_is(no_right))
        co_return version.error();
    co_return found;
}

void require(const schema_state& found, const schema_user& of) {
    if (found.has_rights == false)
        throw exit_with(
            exit_code::configuration,
            "DATABASE_URL logs in as role " + found.user + ", which may not execute otp." +
                std::string(of.function) + ": set it to that of role " + std::string(of.role)
        );
    require_schema(found.version);
}

// What kept it: of an attempt that was only cut off by the end of the wait, what the one before
// said.
std::string reason_of(const postgres::error& fault, const std::string& before, deadline at) {
    const bool was_cut_off =
        fault.what() == postgres::error::kind::timeout && std::chrono::steady_clock::now() >= at;
    return was_cut_off && !before.empty() ? before : fault.text();
}

}  // namespace

asio::awaitable<void> await_schema(const secret& database_url, schema_user of, deadline at) {
    for (std::string why;;) {
        const bool told = !why.empty();
        const auto found = co_await look(database_url, of, at);
        if (found) {
            require(*found, of);
            co_return;
        }
        why = reason_of(found.error(), why, at);
        if (std::chrono::steady_clock::now() + pause >= at)
            throw exit_with(exit_code::unavailable, "PostgreSQL cannot be reached: " + why);
        if (!told)
            log::warning("waiting_for_database").with("error", why);
        co_await sleep_for(pause);
    }
}

void require_schema(int found) {
    const int needed = postgres::required_schema_version();
    if (found < needed)
        throw exit_with(
            exit_code::configuration,
            "the database schema has " +
                (found == 0 ? "no version that can be read" : "version " + std::to_string(found)) +
                ", this program needs " + std::to_string(needed) + ": run `otpctl migrate`"
        );
}

}  // namespace otp
