#include "common/config/known_settings.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <set>
#include <stdexcept>
#include <string>

using namespace otp;

namespace {

// What stands in backticks in the first column of the table under `## Settings`.
std::set<std::string> documented_settings() {
    std::ifstream file("docs/operations.md");
    if (!file)
        throw std::runtime_error("cannot read docs/operations.md");
    std::set<std::string> names;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## "))
            inside = line == "## Settings";
        if (!inside || !line.starts_with("| `"))
            continue;
        const std::string cell = line.substr(1, line.find('|', 1) - 1);
        for (auto open = cell.find('`'); open != std::string::npos;) {
            const auto close = cell.find('`', open + 1);
            names.insert(cell.substr(open + 1, close - open - 1));
            open = cell.find('`', close + 1);
        }
    }
    return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_settings)

BOOST_AUTO_TEST_CASE(are_documented_by_name_and_nothing_else_is) {
    std::set<std::string> known;
    for (const auto& one : known_settings())
        known.emplace(one.name);
    const auto documented = documented_settings();
    for (const auto& name : known)
        BOOST_TEST(documented.contains(name), name << " is not in docs/operations.md");
    for (const auto& name : documented)
        BOOST_TEST(known.contains(name), name << " is documented, and no program knows it");
}

BOOST_AUTO_TEST_SUITE_END()
