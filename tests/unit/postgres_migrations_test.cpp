#include "common/postgres/migrations.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <string>

using namespace otp::postgres;
namespace fs = std::filesystem;

namespace {

// A folder of its own that is gone afterwards.
struct folder {
    folder() {
        std::string pattern = (fs::temp_directory_path() / "migrations.XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~folder() { fs::remove_all(path); }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path / name) << text;
    }

    std::string fault() const {
        const auto loaded = load_migrations(path);
        return loaded ? "" : loaded.error();
    }

    fs::path path;
};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

const std::vector<migration> files{{1, "first", "", "aa"}, {2, "second", "", "bb"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(the_folder_of_migrations)

BOOST_FIXTURE_TEST_CASE(is_read_in_order_with_checksums, folder) {
    write("0002_second.sql", "select 2");
    write("0001_first.sql", "abc");
    write("README.md", "not for the database");
    const auto loaded = load_migrations(path);
    BOOST_REQUIRE(loaded.has_value());
    BOOST_REQUIRE(loaded->size() == 2U);
    BOOST_TEST(loaded->at(0).version == 1);
    BOOST_TEST(loaded->at(0).name == "first");
    BOOST_TEST(loaded->at(0).sql == "abc");
    BOOST_TEST(
        loaded->at(0).sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    BOOST_TEST(loaded->at(1).version == 2);
}

BOOST_FIXTURE_TEST_CASE(may_have_no_gap, folder) {
    write("0001_first.sql", "");
    write("0003_third.sql", "");
    BOOST_TEST(has(fault(), "third"));
    BOOST_TEST(has(fault(), "number 2 is missing"));
}

BOOST_FIXTURE_TEST_CASE(may_have_no_number_twice, folder) {
    write("0001_first.sql", "");
    write("0001_other.sql", "");
    BOOST_TEST(has(fault(), "migration 1 (other) has the number of another one"));
}

BOOST_FIXTURE_TEST_CASE(may_have_no_other_names, folder) {
    for (const char* name :
         {"1_short.sql",
          "0001.sql",
          "0001-dash.sql",
          "0001_Upper.sql",
          "0000_zero.sql",
          "00a1_x.sql",
          ".sql",
          "0001_.sql"}) {
        write(name, "");
        BOOST_TEST_CONTEXT(name)
        BOOST_TEST(has(fault(), std::string(name) + ": a migration is named like"));
        fs::remove(path / name);
    }
}

BOOST_AUTO_TEST_CASE(must_be_there) {
    const auto loaded = load_migrations("/nowhere/at/all");
    BOOST_REQUIRE(!loaded.has_value());
    BOOST_TEST(has(loaded.error(), "/nowhere/at/all"));
}

BOOST_AUTO_TEST_CASE(is_the_one_that_the_program_was_built_with) {
    const auto loaded = fs::exists("migrations")
                            ? load_migrations("migrations")
                            : or_fault<std::vector<migration>>(std::vector<migration>{});
    BOOST_REQUIRE(loaded.has_value());
    BOOST_TEST(required_schema_version() == (loaded->empty() ? 0 : loaded->back().version));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_plan)

BOOST_AUTO_TEST_CASE(is_what_has_not_been_run) {
    BOOST_TEST(plan({}, files)->size() == 2U);
    const auto rest = plan({{1, "first", "aa"}}, files);
    BOOST_REQUIRE(rest.has_value());
    BOOST_REQUIRE(rest->size() == 1U);
    BOOST_TEST(rest->front().version == 2);
    BOOST_TEST(plan({{1, "first", "aa"}, {2, "second", "bb"}}, files)->empty());
}

BOOST_AUTO_TEST_CASE(refuses_a_file_that_has_changed) {
    const auto refused = plan({{1, "first", "ab"}}, files);
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST(has(refused.error(), "migration 1 (first) has changed"));
}

BOOST_AUTO_TEST_CASE(refuses_a_database_that_is_ahead) {
    const auto refused = plan({{1, "first", "aa"}, {2, "second", "bb"}, {3, "later", "cc"}}, files);
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST(has(refused.error(), "migration 3 (later), which is not among the files"));
}

BOOST_AUTO_TEST_SUITE_END()
