#include "worker/text/text_template.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

using namespace otp;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

using variables = std::vector<std::pair<std::string, std::string>>;

rendered_text filled(
    std::string_view text,
    const variables& given = {},
    std::chrono::seconds validity = 300s
) {
    const auto made = parse_template("otp", "en", "en.txt", text);
    BOOST_REQUIRE(made.has_value());
    return render(*made, {"012345", validity, "OTP", given});
}

struct validity {
    int seconds;
    std::string_view minutes;
};

std::ostream& operator<<(std::ostream& out, const validity& row) {
    return out << row.seconds << " s are " << row.minutes << " min";
}

constexpr validity validities[] = {
    {600, "10"},
    {300, "5"},
    {299, "5"},
    {285, "5"},
    {284, "4"},
    {240, "4"},
    {60, "1"},
    {30, "1"},
    {0, "1"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_rendered_text)

BOOST_AUTO_TEST_CASE(has_code_minutes_app_and_variables_in_their_places) {
    const auto done = filled(
        "variables: brand\n\n{brand} {app}: {code}, {code} for {minutes} min {{x}}",
        {{"brand", "Acmé"}}
    );
    BOOST_TEST(done.text.reveal() == "Acmé OTP: 012345, 012345 for 5 min {x}");
}

BOOST_AUTO_TEST_CASE(has_the_app_of_the_job_where_it_gives_one) {
    BOOST_TEST(filled("\n{app} {code}", {{"app", "Acme"}}).text.reveal() == "Acme 012345");
    BOOST_TEST(filled("\n{app} {code}", {{"app", ""}}).text.reveal() == " 012345");
}

BOOST_AUTO_TEST_CASE(never_reads_a_value_as_a_template) {
    BOOST_TEST(filled("\n{app} {code}", {{"app", "{code}"}}).text.reveal() == "{code} 012345");
}

BOOST_DATA_TEST_CASE(tells_what_is_left_of_the_life_in_minutes, data::make(validities), row) {
    const auto done = filled("\n{minutes} {code}", {}, std::chrono::seconds(row.seconds));
    BOOST_TEST(done.text.reveal() == std::string(row.minutes) + " 012345");
}

BOOST_AUTO_TEST_CASE(is_counted_as_it_will_be_sent) {
    const auto plain = filled("\n{app} {code}", {{"app", "Acme"}});
    BOOST_TEST(!plain.unicode);
    BOOST_TEST(plain.segments == 1);
    const auto accented = filled("\n{app} {code}", {{"app", "Ação"}});
    BOOST_TEST(accented.unicode);
    BOOST_TEST(accented.segments == 1);
    const auto long_name = filled("\n{app} {code}", {{"app", std::string(154, 'x')}});
    BOOST_TEST(long_name.segments == 2);
}

BOOST_AUTO_TEST_CASE(gives_whatsapp_its_parameters_in_order) {
    const auto done = filled(
        "variables: brand\nwhatsapp: code brand minutes code\n\n{code}",
        {{"brand", "Acme"}}
    );
    BOOST_REQUIRE(done.whatsapp.size() == 4U);
    BOOST_TEST(done.whatsapp[0].reveal() == "012345");
    BOOST_TEST(done.whatsapp[1].reveal() == "Acme");
    BOOST_TEST(done.whatsapp[2].reveal() == "5");
    BOOST_TEST(done.whatsapp[3].reveal() == "012345");
}

BOOST_AUTO_TEST_SUITE_END()
