#include "common/json/json_writer.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

BOOST_AUTO_TEST_SUITE(a_line_of_json)

BOOST_AUTO_TEST_CASE(escapes_and_nests) {
    json_writer to;
    to.member("text", "a\"b\n").member("yes", true).member("half", 0.5).member("n", -7);
    to.open_array("list").item("x").open_object().member("n", 7).close_object().close_array();
    to.open_object("inner").close_object();
    BOOST_TEST(
        to.take() ==
        R"({"text":"a\"b\n","yes":true,"half":0.5,"n":-7,"list":["x",{"n":7}],"inner":{}})"
    );
}

BOOST_AUTO_TEST_CASE(tells_null_from_empty_unless_it_is_told_not_to) {
    json_writer to;
    to.member("none", std::optional<std::string>()).member("empty", "");
    to.member_or_null("no_text", "").member_or_null("text", "x");
    BOOST_TEST(to.take() == R"({"none":null,"empty":"","no_text":null,"text":"x"})");
}

BOOST_AUTO_TEST_SUITE_END()
