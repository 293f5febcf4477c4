#include "worker/text/text_template.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

using namespace otp;
namespace data = boost::unit_test::data;

namespace {

// "line: reason; line: reason"
std::string faults_of(std::string_view contents) {
    const auto made = parse_template("otp", "en", "en.txt", contents);
    if (made)
        return "";
    std::string all;
    for (const auto& fault : made.error()) {
        BOOST_TEST(fault.file == "en.txt");
        all += (all.empty() ? "" : "; ") + std::to_string(fault.line) + ": " + fault.reason;
    }
    return all;
}

struct broken {
    std::string contents;
    std::string_view faults;
};

std::ostream& operator<<(std::ostream& out, const broken& row) {
    return out << row.faults;
}

const broken table[] = {
    {"", "0: the text has no {code}"},
    {"default: yes\n", "0: the text has no {code}"},
    {"default: yes\n\nYour code is here", "0: the text has no {code}"},
    {"{code}", "1: expected `key: value`, or an empty line before the text"},
    {"default: no\n\n{code}", "1: `default`: expected `yes`, or no such line"},
    {"default:\n\n{code}", "1: `default`: expected `yes`, or no such line"},
    {"colour: red\n\n{code}", "1: unknown key; expected `default`, `variables` or `whatsapp`"},
    {"default: yes\ndefault: yes\n\n{code}", "2: `default` is given twice"},
    {"variables: 1st\n\n{code}",
     "1: `variables`: expected names of a-z, 0-9 and _, a letter first"},
    {"variables: Brand\n\n{code}",
     "1: `variables`: expected names of a-z, 0-9 and _, a letter first"},
    {"variables: code\n\n{code}", "1: `variables`: code is there without asking"},
    {"variables: app\n\n{code}", "1: `variables`: app is there without asking"},
    {"default: yes\nwhatsapp: code brand\n\n{code}", "2: `whatsapp`: unknown placeholder brand"},
    {"\n{code} {brand}", "2: unknown placeholder {brand}"},
    {"\n{code} {}", "2: unknown placeholder {}"},
    {"\n{code} {Code}", "2: unknown placeholder {Code}"},
    {"\n{code\n}",
     "2: a { without its }; write {{ for the sign itself; 3: a } without its {; write }}"
     " for the sign itself"},
    {"\n{code} {", "2: a { without its }; write {{ for the sign itself"},
    {"\n{code} }", "2: a } without its {; write }} for the sign itself"},
    {"\n{code}\n\n{a}\n{b}", "4: unknown placeholder {a}; 5: unknown placeholder {b}"},
    {"colour: red\n\n{code} {brand}",
     "1: unknown key; expected `default`, `variables` or `whatsapp`; 3: unknown placeholder "
     "{brand}"},
    {"\xEF\xBB\xBF\n{code}", "1: begins with a byte order mark; leave it out"},
    {"\n{code} \xFF", "0: is not UTF-8 text"},
    {std::string("\n{code}\0", 8), "0: is not UTF-8 text"},
    {"\n{code}" + std::string(151, 'x'),
     "0: takes 2 segments with a code of 10 digits, an app of 20 characters and variables of 20;"
     " expected 1: 161 of 160"},
    {"\n{code}{app}ç" + std::string(40, 'x'),
     "0: takes 2 segments with a code of 10 digits, an app of 20 characters and variables of 20;"
     " expected 1: 71 of 70 (not GSM-7)"},
    {"variables: a b c d e f g h\n\n{code}{a}{b}{c}{d}{e}{f}{g}{h}",
     "0: takes 2 segments with a code of 10 digits, an app of 20 characters and variables of 20;"
     " expected 1: 170 of 160"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_template_file)

BOOST_DATA_TEST_CASE(that_is_broken_is_refused_by_line, data::make(table), row) {
    BOOST_TEST(faults_of(row.contents) == row.faults);
}

BOOST_AUTO_TEST_CASE(may_fill_one_segment_to_the_last_place) {
    BOOST_TEST(faults_of("\n{code}" + std::string(150, 'x')) == "");
    BOOST_TEST(faults_of("\n{code}{app}ç" + std::string(39, 'x')) == "");
}

BOOST_AUTO_TEST_CASE(gives_its_settings_and_pieces) {
    const auto made = parse_template(
        "otp",
        "pt-BR",
        "pt-BR.txt",
        "default: yes\nvariables: brand  city\nwhatsapp: code brand code\n\n{brand}: "
        "{{{code}}}\nok\n\n"
    );
    BOOST_REQUIRE(made.has_value());
    BOOST_TEST(made->name == "otp");
    BOOST_TEST(made->locale == "pt-BR");
    BOOST_TEST(made->is_default);
    BOOST_TEST(
        made->variables == (std::vector<std::string>{"brand", "city"}),
        boost::test_tools::per_element()
    );
    BOOST_REQUIRE(made->whatsapp.size() == 3U);
    BOOST_TEST((made->whatsapp[1].what == text_piece::kind::variable));
    BOOST_REQUIRE(made->pieces.size() == 4U);
    BOOST_TEST((made->pieces[0].what == text_piece::kind::variable));
    BOOST_TEST(made->pieces[1].text == ": {");
    BOOST_TEST((made->pieces[2].what == text_piece::kind::code));
    BOOST_TEST(made->pieces[3].text == "}\nok");
}

BOOST_AUTO_TEST_CASE(gives_whatsapp_the_code_where_it_says_nothing) {
    const auto made = parse_template("otp", "en", "en.txt", "\n{code}");
    BOOST_REQUIRE(made.has_value());
    BOOST_TEST(!made->is_default);
    BOOST_REQUIRE(made->whatsapp.size() == 1U);
    BOOST_TEST((made->whatsapp[0].what == text_piece::kind::code));
}

BOOST_AUTO_TEST_CASE(may_end_its_lines_as_windows_does) {
    const auto made =
        parse_template("otp", "en", "en.txt", "default: yes\r\n\r\na {code}\r\nb\r\n");
    BOOST_REQUIRE(made.has_value());
    BOOST_TEST(made->is_default);
    BOOST_TEST(made->pieces.back().text == "\nb");
}

BOOST_AUTO_TEST_SUITE_END()
