#include "common/core/segments.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

using namespace otp;
namespace data = boost::unit_test::data;

namespace {

std::string times(int count, std::string_view text) {
    std::string all;
    for (int i = 0; i < count; ++i)
        all += text;
    return all;
}

struct sized {
    std::string text;
    bool unicode;
    int units;
    int segments;
};

std::ostream& operator<<(std::ostream& out, const sized& row) {
    return out << row.text.substr(0, 24) << "… " << (row.unicode ? "UCS-2 " : "GSM-7 ") << row.units
               << " units, " << row.segments << " segments";
}

const sized table[] = {
    {"", false, 0, 1},
    {times(160, "a"), false, 160, 1},
    {times(161, "a"), false, 161, 2},
    {times(306, "a"), false, 306, 2},
    {times(307, "a"), false, 307, 3},
    {times(459, "a"), false, 459, 3},
    {times(460, "a"), false, 460, 4},
    {times(158, "a") + "€", false, 160, 1},
    {times(159, "a") + "€", false, 161, 2},
    {times(152, "a") + "€" + times(151, "a"), false, 305, 2},
    {times(152, "a") + "€" + times(152, "a"), false, 306, 3},  // the pair moves as a whole
    {times(70, "अ"), true, 70, 1},
    {times(71, "अ"), true, 71, 2},
    {times(134, "अ"), true, 134, 2},
    {times(135, "अ"), true, 135, 3},
    {times(68, "a") + "🔐", true, 70, 1},
    {times(69, "a") + "🔐", true, 71, 2},
    {times(66, "अ") + "🔐" + times(66, "अ"), true, 134, 3},
    {"{}[]~^\\|€", false, 18, 1},
    {"ç", true, 1, 1},
    {"\xFF\xFE", true, 2, 1},
};

const std::string_view alphabet[] = {
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ",
    " !\"#¤%&'()*+,-./0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§",
    "¿abcdefghijklmnopqrstuvwxyzäöñüà",
};
const std::string_view outside[] = {
    "`",
    "ç",
    "’",
    "“",
    "–",
    "…",
    "\t",
    "\u00A0",
    "á",
    "í",
    "ó",
    "ú",
    "\u2126",
    "\x7F",
    "\u001B",
    "ã",
    "ê",
    "क",
    "م"};

}  // namespace

BOOST_AUTO_TEST_SUITE(the_size_of_a_text)

BOOST_DATA_TEST_CASE(is_counted_as_networks_do, data::make(table), row) {
    const auto size = measure_text(row.text);
    BOOST_TEST(size.unicode == row.unicode);
    BOOST_TEST(size.units == row.units);
    BOOST_TEST(size.segments == row.segments);
}

BOOST_DATA_TEST_CASE(is_in_septets_for_the_whole_basic_alphabet, data::make(alphabet), row) {
    const auto size = measure_text(row);
    BOOST_TEST(!size.unicode);
    BOOST_TEST(size.units <= 33);
}

BOOST_AUTO_TEST_CASE(knows_all_127_basic_characters) {
    int units = 0;
    for (const auto row : alphabet)
        units += measure_text(row).units;
    BOOST_TEST(units == 127);
}

BOOST_DATA_TEST_CASE(is_in_utf_16_for_characters_that_only_look_basic, data::make(outside), text) {
    BOOST_TEST(measure_text(text).unicode);
}

BOOST_AUTO_TEST_SUITE_END()
