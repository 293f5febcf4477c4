#include "common/job/reasons.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace otp;

namespace {

// The table rows of one section of docs/errors.md, headings left out.
std::vector<std::string> documented_rows(const std::string& section) {
    std::ifstream file("docs/errors.md");
    if (!file)
        throw std::runtime_error("cannot read docs/errors.md");
    std::vector<std::string> rows;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## "))
            inside = line == "## " + section;
        else if (inside && line.starts_with("| `"))
            rows.push_back(line);
    }
    return rows;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_reasons_on_otp_dead)

BOOST_AUTO_TEST_CASE(are_documented_word_by_word_and_nothing_else_is) {
    std::vector<std::string> expected;
    for (const auto& row : job_reasons())
        expected.push_back(
            "| `" + std::string(row.word) + "` | " + std::string(row.sentence) + " |"
        );
    BOOST_TEST(
        documented_rows("Why a job is on otp.dead") == expected,
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(are_snake_case_words_each_with_a_sentence) {
    std::set<std::string_view> words;
    for (const auto& row : job_reasons()) {
        words.insert(row.word);
        BOOST_TEST(to_string(row.reason) == row.word);
        BOOST_TEST(
            row.word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
            std::string_view::npos
        );
        BOOST_TEST(row.sentence.find('.') != std::string_view::npos);
    }
    BOOST_TEST(words.size() == job_reasons().size());
}

BOOST_AUTO_TEST_SUITE_END()
