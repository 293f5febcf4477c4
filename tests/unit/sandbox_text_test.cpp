#include "sandbox/callback_url.hpp"
#include "sandbox/form.hpp"
#include "sandbox/ids.hpp"
#include "sandbox/segments.hpp"
#include "sandbox/timestamp.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace otp::sandbox;
using namespace std::chrono_literals;

namespace {

std::string times(std::size_t count, std::string_view what) {
    std::string text;
    while (count-- > 0)
        text += what;
    return text;
}

}  // namespace

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

BOOST_AUTO_TEST_SUITE(segments_of_a_text)

BOOST_AUTO_TEST_CASE(are_counted_as_carriers_count) {
    const std::string hindi = "अ";
    const std::string lock = "🔐";
    BOOST_TEST(segments(times(160, "a")) == 1);
    BOOST_TEST(segments(times(161, "a")) == 2);
    BOOST_TEST(segments(times(306, "a")) == 2);
    BOOST_TEST(segments(times(307, "a")) == 3);
    BOOST_TEST(segments(times(158, "a") + "€") == 1);
    BOOST_TEST(segments(times(159, "a") + "€") == 2);
    BOOST_TEST(segments(times(152, "a") + "€" + times(151, "a")) == 2);
    BOOST_TEST(segments(times(152, "a") + "€" + times(152, "a")) == 3);
    BOOST_TEST(segments(times(70, hindi)) == 1);
    BOOST_TEST(segments(times(71, hindi)) == 2);
    BOOST_TEST(segments(times(134, hindi)) == 2);
    BOOST_TEST(segments(times(135, hindi)) == 3);
    BOOST_TEST(segments(times(68, "a") + lock) == 1);
    BOOST_TEST(segments(times(69, "a") + lock) == 2);
    BOOST_TEST(segments(times(66, hindi) + lock + times(66, hindi)) == 3);
    BOOST_TEST(segments("") == 1);
}

BOOST_AUTO_TEST_CASE(depend_on_the_7_bit_alphabet) {
    BOOST_TEST(is_gsm7("Ça £5 {ok} à Ω"));
    BOOST_TEST(!is_gsm7("ça"));
    BOOST_TEST(!is_gsm7("don’t"));
    BOOST_TEST(as_gsm7("don’t 🔐 pay 5 €") == "don?t ? pay 5 €");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_timestamp)

BOOST_AUTO_TEST_CASE(is_written_in_both_forms) {
    const std::chrono::system_clock::time_point at{1'790'000'000'050ms};
    BOOST_TEST(rfc3339(at) == "2026-09-21T14:13:20.050Z");
    BOOST_TEST(rfc2822(at) == "Mon, 21 Sep 2026 14:13:20 +0000");
}

BOOST_AUTO_TEST_CASE(is_read_as_a_day_or_a_second) {
    const auto day = read_date("2026-09-21");
    BOOST_REQUIRE(day.has_value());
    BOOST_TEST(rfc3339(day->from) == "2026-09-21T00:00:00.000Z");
    BOOST_TEST(rfc3339(day->to) == "2026-09-22T00:00:00.000Z");
    const auto second = read_date("2026-09-21T14:13:20Z");
    BOOST_REQUIRE(second.has_value());
    BOOST_TEST(rfc3339(second->from) == "2026-09-21T14:13:20.000Z");
    BOOST_TEST(rfc3339(second->to) == "2026-09-21T14:13:21.000Z");
}

BOOST_AUTO_TEST_CASE(that_is_none_is_refused) {
    for (const auto* text :
         {"",
          "2026-02-30",
          "2026-13-01",
          "26-01-01",
          "2026-09-21 14:13:20",
          "2026-09-21T25:00:00Z",
          "today"})
        BOOST_TEST_CONTEXT(text) BOOST_TEST(!read_date(text).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ids_of_messages)

BOOST_AUTO_TEST_CASE(have_their_providers_shapes_and_differ) {
    ids source(7);
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto sid = source.sid("SM");
        const auto uuid = source.uuid();
        const auto gateway = source.gateway_id();
        BOOST_TEST(sid.size() == 34U);
        BOOST_TEST(sid.find_first_not_of("0123456789abcdef", 2) == std::string::npos);
        BOOST_TEST(uuid.size() == 36U);
        BOOST_TEST((uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-'));
        BOOST_TEST(uuid[14] == '4');
        BOOST_TEST(gateway.size() == 38U);
        BOOST_TEST(gateway.find('-') == 19U);
        seen.insert({sid, uuid, gateway});
    }
    BOOST_TEST(seen.size() == 3000U);
}

BOOST_AUTO_TEST_SUITE_END()
