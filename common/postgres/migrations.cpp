#include "common/postgres/migrations.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace otp::postgres {

namespace asio = boost::asio;

namespace {

// Any number that is ours alone: "otpmigr1" in ASCII.
constexpr std::int64_t lock_key = 0x6F74706D69677231;

constexpr statement lock{"migrate_lock", "select pg_advisory_lock($1)"};
constexpr statement unlock{"migrate_unlock", "select pg_advisory_unlock($1)"};
constexpr statement table_exists{
    "migrate_table",
    "select to_regclass('otp.schema_migration') is not null"};
constexpr statement read_applied{
    "migrate_applied",
    "select version, name, sha256 from otp.schema_migration order by version"};
constexpr statement insert_applied{
    "migrate_insert",
    "insert into otp.schema_migration (version, name, sha256) values ($1, $2, $3)"};
constexpr statement newest{
    "schema_version",
    "select coalesce(max(version), 0) from otp.schema_migration"};

// Only what is missing: to create a schema "if not exists" asks for the right to create one.
const std::string make_table = R"(do $$
begin
    if to_regnamespace('otp') is null then
        create schema otp;
    end if;
    if to_regclass('otp.schema_migration') is null then
        create table otp.schema_migration (
            version int primary key,
            name text not null,
            sha256 text not null,
            applied_at timestamptz not null default clock_timestamp()
        );
    end if;
end $$)";

std::string file_name(const migration& one) {
    const auto digits = std::to_string(one.version);
    return std::string(4 - std::min<std::size_t>(4, digits.size()), '0') + digits + "_" + one.name;
}

asio::awaitable<result<std::vector<applied_migration>>> applied_to(
    connection& database,
    deadline at
) {
    const params none;
    const auto there = co_await database.execute(table_exists, none, at);
    if (!there)
        co_return there.error();
    std::vector<applied_migration> applied;
    if (!there->get<bool>(0, 0))
        co_return applied;
    const auto found = co_await database.execute(read_applied, none, at);
    if (!found)
        co_return found.error();
    for (int row = 0; row < found->size(); ++row) {
        applied_migration one;
        one.version = found->get<std::int32_t>(row, 0);
        one.name = found->get<std::string>(row, 1);
        one.sha256 = found->get<std::string>(row, 2);
        applied.push_back(std::move(one));
    }
    co_return applied;
}

error in_file(const migration& one, const error& fault) {
    return error(fault.what(), fault.sqlstate(), file_name(one) + ".sql: " + fault.text());
}

// The file and its row, in the transaction that is open.
asio::awaitable<std::optional<error>> run_file(
    connection& database,
    const migration& one,
    deadline at
) {
    const auto ran = co_await database.run_script(one.sql, at);
    if (!ran)
        co_return in_file(one, ran.error());
    if (!database.in_transaction())
        co_return error(
            error::kind::schema,
            file_name(one) +
                ".sql: ends the transaction it is run in; leave out commit and rollback"
        );
    const params row(one.version, one.name, one.sha256);
    const auto noted = co_await database.execute(insert_applied, row, at);
    if (!noted)
        co_return in_file(one, noted.error());
    co_return std::nullopt;
}

asio::awaitable<std::optional<error>> apply(
    connection& database,
    const migration& one,
    deadline at
) {
    const std::string begin = "begin";
    const std::string commit = "commit";
    const std::string rollback = "rollback";
    const auto begun = co_await database.run_script(begin, at);
    if (!begun)
        co_return in_file(one, begun.error());
    auto fault = co_await run_file(database, one, at);
    if (fault) {
        co_await database.run_script(rollback, at);
        co_return fault;
    }
    const auto ended = co_await database.run_script(commit, at);
    if (!ended)
        co_return in_file(one, ended.error());
    co_return std::nullopt;
}

asio::awaitable<result<migration_report>> migrate_locked(
    connection& database,
    const std::vector<migration>& available,
    bool dry_run,
    deadline at
) {
    if (!dry_run) {
        const auto made = co_await database.run_script(make_table, at);
        if (!made)
            co_return made.error();
    }
    const auto applied = co_await applied_to(database, at);
    if (!applied)
        co_return applied.error();
    const auto pending = plan(*applied, available);
    if (!pending) {
        error unfit(error::kind::schema, pending.error());
        co_return unfit;
    }
    migration_report report;
    report.version = applied->empty() ? 0 : applied->back().version;
    for (const auto& one : *pending) {
        if (!dry_run) {
            const auto fault = co_await apply(database, one, at);
            if (fault)
                co_return *fault;
            report.version = one.version;
        }
        report.names.push_back(file_name(one));
    }
    co_return report;
}

}  // namespace

asio::awaitable<result<migration_report>> migrate(
    connection& database,
    const std::vector<migration>& available,
    bool dry_run,
    deadline at
) {
    const params key(lock_key);
    const auto locked = co_await database.execute(lock, key, at);
    if (!locked)
        co_return locked.error();
    auto report = co_await migrate_locked(database, available, dry_run, at);
    // Where it fails the connection is lost, and the lock with it.
    co_await database.execute(unlock, key, at);
    co_return report;
}

asio::awaitable<result<int>> schema_version(connection& database, deadline at) {
    const params none;
    const auto found = co_await database.execute(newest, none, at);
    if (found)
        co_return found->get<std::int32_t>(0, 0);
    const auto fault = found.error();
    if (fault.sqlstate_is("42P01") || fault.sqlstate_is("3F000"))  // no such table, no such schema
        co_return 0;
    co_return fault;
}

int required_schema_version() noexcept {
    return OTP_SCHEMA_VERSION;
}

}  // namespace otp::postgres
