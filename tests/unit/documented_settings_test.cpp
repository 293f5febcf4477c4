#include "common/config/known_settings.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

using namespace otp;

namespace {

std::string cell_of(const std::string& row, int column) {
    std::istringstream cells(row);
    std::string cell;
    for (int at = 0; at <= column; ++at)
        std::getline(cells, cell, '|');
    return cell;
}

// By what stands in backticks in the first column of the table under `## Settings`, the letters in
// its second one.
std::map<std::string, std::string> documented_settings() {
    std::ifstream file("docs/operations.md");
    if (!file)
        throw std::runtime_error("cannot read docs/operations.md");
    std::map<std::string, std::string> readers;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## "))
            inside = line == "## Settings";
        if (!inside || !line.starts_with("| `"))
            continue;
        const auto cell = cell_of(line, 1);
        auto letters = cell_of(line, 2);
        std::erase(letters, ' ');
        for (auto open = cell.find('`'); open != std::string::npos;) {
            const auto close = cell.find('`', open + 1);
            readers.emplace(cell.substr(open + 1, close - open - 1), letters);
            open = cell.find('`', close + 1);
        }
    }
    return readers;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_settings)

BOOST_AUTO_TEST_CASE(are_documented_with_the_programs_that_read_them_and_nothing_else_is) {
    std::map<std::string, std::string> known;
    for (const auto& one : known_settings())
        known.emplace(one.name, one.read_by);
    const auto documented = documented_settings();
    for (const auto& [name, readers] : known)
        BOOST_TEST(documented.contains(name), name << " is not in docs/operations.md");
    for (const auto& [name, readers] : documented)
        BOOST_TEST(known.contains(name), name << " is documented, and no program knows it");
    for (const auto& [name, readers] : documented)
        BOOST_TEST(readers == known[name], "column `read by` of " << name << " has " << readers);
}

BOOST_AUTO_TEST_SUITE_END()
