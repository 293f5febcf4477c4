#pragma once

#include "common/postgres/connection.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace otp::postgres {

// One numbered SQL file. It is run once, in a transaction of its own, and never edited after that.
struct migration {
    int version = 0;   // 1, 2, 3 ... without gaps
    std::string name;  // of "0001_name.sql"
    std::string sql;
    std::string sha256;  // of the file, in hexadecimal
};

// What table otp.schema_migration says of one that has been run.
struct applied_migration {
    int version = 0;
    std::string name;
    std::string sha256;
};

struct migration_report {
    int version = 0;                 // of the schema, when it was done
    std::vector<std::string> names;  // run now, or to be run: "0001_name"
};

template <class T>
using or_fault = boost::system::result<T, std::string>;

// Reads NNNN_name.sql of a folder, in order. Fails with the file and what is wrong with it: a name
// of another form, a number twice, a gap. Files that do not end in .sql are left alone.
or_fault<std::vector<migration>> load_migrations(const std::filesystem::path& folder);

// Those of `available` that are still to be run. Fails where the database has one that is not
// available, or whose file has changed since.
or_fault<std::vector<migration>> plan(
    const std::vector<applied_migration>& applied,
    const std::vector<migration>& available
);

// Brings the schema up to date; makes schema otp and table otp.schema_migration where they are
// missing. Under an advisory lock, so that of several at once one works and the others find it
// done. Where a file fails it is rolled back, those before it stay, and the error names it. With
// `dry_run` nothing is written.
boost::asio::awaitable<result<migration_report>> migrate(
    connection& database,
    const std::vector<migration>& available,
    bool dry_run,
    deadline at
);

// The newest migration that was run; 0 where there is none.
boost::asio::awaitable<result<int>> schema_version(connection& database, deadline at);

// The newest migration in the folder migrations/ this program was built with.
int required_schema_version() noexcept;

}  // namespace otp::postgres
