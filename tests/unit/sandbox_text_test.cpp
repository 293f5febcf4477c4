#include "sandbox/callback_url.hpp"
#include "sandbox/form.hpp"
#include "sandbox/gsm7.hpp"
#include "sandbox/ids.hpp"
#include "sandbox/timestamp.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace otp::sandbox;
using namespace std::chrono_literals;

namespace {}  // namespace

BOOST_AUTO_TEST_SUITE(a_form)

BOOST_AUTO_TEST_CASE(reads_a_raw_plus_as_a_blank) {
    BOOST_TEST(form_value(*read_form("To=+14155550100"), "To") == " 14155550100");
    BOOST_TEST(form_value(*read_form("To=%2B14155550100"), "To") == "+14155550100");
}

BOOST_AUTO_TEST_CASE(with_a_broken_escape_or_without_utf_8_is_refused) {
    for (const auto* text :
         {"a=%",
          "a=%4",
          "a=%zz",
          "a=%FF",
          "a=%C0%80",
          "a=%ED%A0%80",
          "a=%F5%80%80%80",
          "a=%E2%82",
          "%FF=a"})
        BOOST_TEST_CONTEXT(text) BOOST_TEST(!read_form(text).has_value());
    BOOST_TEST(form_value(*read_form("a=%F0%9F%94%90%E2%82%AC"), "a") == "🔐€");
}

BOOST_AUTO_TEST_CASE(tells_an_empty_field_from_a_missing_one) {
    const auto form = read_form("a=&b");
    BOOST_TEST(find(*form, "a") != nullptr);
    BOOST_TEST(find(*form, "b") != nullptr);
    BOOST_TEST(find(*form, "c") == nullptr);
}

BOOST_AUTO_TEST_CASE(counts_characters_not_bytes) {
    BOOST_TEST(characters("aé€🔐") == 4U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_callback_url)

BOOST_AUTO_TEST_CASE(is_taken_apart) {
    const auto url =
        read_callback_url("https://otp.example.com:8443/hooks/1?a=b#rc=5&rt=2000&tt=9000&rp=all");
    BOOST_REQUIRE(url.has_value());
    BOOST_TEST(url->origin == "https://otp.example.com:8443");
    BOOST_TEST(url->target == "/hooks/1?a=b");
    BOOST_TEST(url->whole == "https://otp.example.com:8443/hooks/1?a=b");
    BOOST_TEST(url->retries == 5);
    BOOST_TEST((url->answer_within == 2000ms));
    BOOST_TEST((url->all_within == 9000ms));
    BOOST_TEST((url->retry_silence && url->retry_4xx && url->retry_5xx));
}

BOOST_AUTO_TEST_CASE(has_twilios_defaults) {
    const auto url = read_callback_url("http://127.0.0.1:8080");
    BOOST_REQUIRE(url.has_value());
    BOOST_TEST(url->target == "/");
    BOOST_TEST(url->retries == 1);
    BOOST_TEST((url->answer_within == 15000ms));
    BOOST_TEST((!url->retry_silence && !url->retry_4xx && !url->retry_5xx));
}

BOOST_AUTO_TEST_CASE(keeps_the_default_where_an_override_is_out_of_range) {
    const auto url = read_callback_url("http://example.com/#rc=6&rt=99&tt=15001&rp=5xx&unknown");
    BOOST_TEST(url->retries == 1);
    BOOST_TEST((url->answer_within == 15000ms));
    BOOST_TEST((url->all_within == 15000ms));
    BOOST_TEST((url->retry_5xx && !url->retry_4xx));
}

BOOST_AUTO_TEST_CASE(that_twilio_would_refuse_is_none) {
    for (const auto* text :
         {"",
          "example.com/hook",
          "ftp://example.com/",
          "http://",
          "http:///x",
          "http://my_host/x",
          "http://example.com:0/",
          "http://example.com:99999/",
          "http://exa mple.com/",
          "http://u:p@example.com/"})
        BOOST_TEST_CONTEXT(text) BOOST_TEST(!read_callback_url(text).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_text_in_the_7_bit_alphabet)

BOOST_AUTO_TEST_CASE(has_a_question_mark_for_each_character_that_is_not_in_it) {
    BOOST_TEST(as_gsm7("Ça £5 {ok} à Ω") == "Ça £5 {ok} à Ω");
    BOOST_TEST(as_gsm7("don’t 🔐 pay 5 €") == "don?t ? pay 5 €");
}

BOOST_AUTO_TEST_SUITE_END()
