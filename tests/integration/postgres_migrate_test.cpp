#include "common/async/task_group.hpp"
#include "common/core/hex.hpp"
#include "common/core/random.hpp"
#include "common/core/sha256.hpp"
#include "common/postgres/migrations.hpp"
#include "tests/integration/postgres_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::postgres;
using namespace otp::test;

namespace {

migration file(int version, const std::string& name, const std::string& sql) {
    return {version, name, sql, to_hex(sha256(sql))};
}

const std::vector<migration> two_files{
    file(1, "first", "create table otp.a (x int); insert into otp.a values (1)"),
    file(2, "second", "alter table otp.a add y int"),
};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

// A database of its own, which is gone afterwards.
struct own_database : needs_postgres {
    own_database() {
        server = url;
        name = "migrate_" + to_string(new_uuid());
        const auto at = url.find('/', url.rfind('@'));
        url.replace(at + 1, std::min(url.find('?'), url.size()) - at - 1, name);
        run_on_server("create database \"" + name + "\"");
    }
    ~own_database() { run_on_server("drop database \"" + name + "\" with (force)"); }

    void run_on_server(std::string sql) const {
        run_to_end([this, sql]() -> asio::awaitable<void> {
            auto on = co_await needs_postgres::connect(server);
            fine(co_await on.run_script(sql, soon()));
        });
    }

    std::string server;
    std::string name;
};

asio::awaitable<bool> is_true(connection& database, const char* sql) {
    const statement question{sql, sql};
    const params none;
    co_return got(co_await database.execute(question, none, soon())).get<bool>(0, 0);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(migrating, own_database)

BOOST_AUTO_TEST_CASE(runs_each_file_once_and_notes_it) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto database = co_await connect();
        const auto before = got(co_await schema_version(database, soon()));
        BOOST_TEST(before == 0);
        const auto first = got(co_await migrate(database, two_files, false, soon()));
        BOOST_TEST(first.version == 2);
        BOOST_TEST(first.names.size() == 2U);
        BOOST_TEST(first.names.front() == "0001_first");
        const auto again = got(co_await migrate(database, two_files, false, soon()));
        BOOST_TEST(again.version == 2);
        BOOST_TEST(again.names.empty());
        const auto after = got(co_await schema_version(database, soon()));
        BOOST_TEST(after == 2);
        BOOST_TEST(co_await is_true(database, "select count(*) = 1 from otp.a"));
        BOOST_TEST(co_await is_true(
            database,
            "select bool_and(applied_at <= now() and length(sha256) = 64) from otp.schema_migration"
        ));
    });
}

BOOST_AUTO_TEST_CASE(writes_nothing_in_a_dry_run) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto database = co_await connect();
        const auto report = got(co_await migrate(database, two_files, true, soon()));
        BOOST_TEST(report.version == 0);
        BOOST_TEST(report.names.size() == 2U);
        BOOST_TEST(co_await is_true(database, "select to_regnamespace('otp') is null"));
    });
}

BOOST_AUTO_TEST_CASE(copes_with_a_schema_that_exists) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto database = co_await connect();
        const std::string make = "create schema otp";
        fine(co_await database.run_script(make, soon()));
        const auto report = got(co_await migrate(database, two_files, false, soon()));
        BOOST_TEST(report.version == 2);
    });
}

BOOST_AUTO_TEST_CASE(refuses_a_file_that_has_changed_and_runs_nothing) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto database = co_await connect();
        const std::vector<migration> first(two_files.begin(), two_files.begin() + 1);
        got(co_await migrate(database, first, false, soon()));
        auto changed = two_files;
        changed[0].sha256 = to_hex(sha256("something else"));
        const auto refused = co_await migrate(database, changed, false, soon());
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST((refused.error().what() == error::kind::schema));
        BOOST_TEST(has(refused.error().text(), "migration 1 (first) has changed"));
        const auto version = got(co_await schema_version(database, soon()));
        BOOST_TEST(version == 1);
    });
}

BOOST_AUTO_TEST_CASE(leaves_nothing_of_a_file_that_fails_and_keeps_those_before) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto database = co_await connect();
        auto files = two_files;
        files.push_back(file(3, "third", "create table otp.b (x int); select 1 / 0"));
        const auto failed = co_await migrate(database, files, false, soon());
        BOOST_REQUIRE(!failed.has_value());
        BOOST_TEST(failed.error().sqlstate() == "22012");
        BOOST_TEST(has(failed.error().text(), "0003_third.sql"));
        BOOST_TEST(!database.in_transaction());
        const auto version = got(co_await schema_version(database, soon()));
        BOOST_TEST(version == 2);
        BOOST_TEST(co_await is_true(database, "select to_regclass('otp.b') is null"));
    });
}

BOOST_AUTO_TEST_CASE(refuses_a_file_that_ends_its_transaction) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto database = co_await connect();
        const std::vector<migration> files{file(1, "first", "create table otp.a (x int); commit")};
        const auto failed = co_await migrate(database, files, false, soon());
        BOOST_REQUIRE(!failed.has_value());
        BOOST_TEST(has(failed.error().text(), "ends the transaction"));
        const auto version = got(co_await schema_version(database, soon()));
        BOOST_TEST(version == 0);
    });
}

BOOST_AUTO_TEST_CASE(by_two_at_once_runs_each_file_once) {
    run_to_end([this]() -> asio::awaitable<void> {
        const std::vector<migration> slow{
            file(1, "first", "select pg_sleep(0.2); create table otp.a (x int)")};
        std::size_t run_by_both = 0;
        task_group tasks(co_await asio::this_coro::executor);
        for (int i = 0; i < 2; ++i)
            tasks.spawn([&]() -> asio::awaitable<void> {
                auto database = co_await connect();
                const auto report = got(co_await migrate(database, slow, false, soon()));
                BOOST_TEST(report.version == 1);
                run_by_both += report.names.size();
            });
        co_await tasks.join();
        BOOST_TEST(run_by_both == 1U);
    });
}

BOOST_AUTO_TEST_CASE(brings_an_empty_database_to_the_version_that_programs_require) {
    run_to_end([this]() -> asio::awaitable<void> {
        const auto files = load_migrations("migrations");
        BOOST_REQUIRE_MESSAGE(files.has_value(), (files ? "" : files.error()));
        auto database = co_await connect();
        got(co_await migrate(database, *files, false, soon()));
        const auto version = got(co_await schema_version(database, soon()));
        BOOST_TEST(version > 0);
        BOOST_TEST(version == required_schema_version());
    });
}

BOOST_AUTO_TEST_SUITE_END()
