#include "common/core/utf8.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace otp;
namespace data = boost::unit_test::data;

namespace {

struct row {
    const char* name;
    std::string_view text;
};

std::ostream& operator<<(std::ostream& out, const row& one) {
    return out << one.name;
}

constexpr row good[] = {
    {"nothing", ""},
    {"ascii", "code 123"},
    {"two bytes, least and greatest", "\xC2\x80\xDF\xBF"},
    {"three bytes, least and greatest", "\xE0\xA0\x80\xEF\xBF\xBF"},
    {"round the surrogates", "\xED\x9F\xBF\xEE\x80\x80"},
    {"four bytes, least and greatest", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
};

constexpr row bad[] = {
    {"a lone continuation", "a\x80"},
    {"two bytes, cut", "\xC3"},
    {"three bytes, cut", "\xE0\xA4"},
    {"four bytes, cut", "\xF0\x9F\x94"},
    {"two bytes without continuation", "\xC3("},
    {"overlong slash", "\xC0\xAF"},
    {"overlong, three bytes", "\xE0\x9F\xBF"},
    {"overlong, four bytes", "\xF0\x8F\xBF\xBF"},
    {"first surrogate", "\xED\xA0\x80"},
    {"last surrogate", "\xED\xBF\xBF"},
    {"above U+10FFFF", "\xF4\x90\x80\x80"},
    {"five bytes", "\xF8\x88\x80\x80\x80"},
    {"0xFF", "\xFF"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_DATA_TEST_CASE(is_recognised, data::make(good), one) {
    BOOST_TEST(is_utf8(one.text));
}

BOOST_DATA_TEST_CASE(is_told_from_what_only_looks_like_it, data::make(bad), one) {
    BOOST_TEST(!is_utf8(one.text));
}

BOOST_AUTO_TEST_CASE(gives_its_code_points_one_by_one) {
    std::string_view text = "A\u00E9\u0905\U0001F510";
    BOOST_TEST((take_code_point(text) == U'A'));
    BOOST_TEST((take_code_point(text) == U'\u00E9'));
    BOOST_TEST((take_code_point(text) == U'\u0905'));
    BOOST_TEST((take_code_point(text) == U'\U0001F510'));
    BOOST_TEST(!take_code_point(text).has_value());
}

BOOST_AUTO_TEST_CASE(stays_where_it_is_when_it_is_broken) {
    std::string_view text = "\xC3(";
    BOOST_TEST(!take_code_point(text).has_value());
    BOOST_TEST(text == "\xC3(");
}

BOOST_AUTO_TEST_SUITE_END()
