#include "common/core/channel.hpp"
#include "common/core/hex.hpp"
#include "common/core/mask.hpp"
#include "common/core/percent.hpp"
#include "common/core/short_name.hpp"
#include "common/core/traceparent.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

using namespace otp;

BOOST_AUTO_TEST_SUITE(a_channel)

BOOST_AUTO_TEST_CASE(is_read_as_it_is_written) {
    for (const auto by : {channel::sms, channel::whatsapp, channel::voice, channel::email})
        BOOST_TEST((parse_channel(to_string(by)) == by));
    BOOST_TEST(to_string(channel::whatsapp) == "whatsapp");
}

BOOST_AUTO_TEST_CASE(is_empty_for_any_other_word) {
    for (const auto name : {"", "SMS", "sms ", "telegram"})
        BOOST_TEST(!parse_channel(name).has_value(), name);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_masked_number)

BOOST_AUTO_TEST_CASE(shows_its_beginning_and_its_end) {
    BOOST_TEST(mask_number("+14155550100") == "+1415****100");
    BOOST_TEST(mask_number("+123456789012345") == "+1234********345");
    BOOST_TEST(mask_number("+4520123456") == "+4520***456");
}

BOOST_AUTO_TEST_CASE(shows_nothing_where_too_little_would_be_hidden) {
    for (const auto number : {"", "+", "+683400", "+6834002", "+29081234", "+298123456"})
        BOOST_TEST(mask_number(number) == "***", number);
}

BOOST_AUTO_TEST_CASE(always_hides_three_characters_at_least) {
    for (std::size_t size = 0; size < 40; ++size) {
        const auto masked = mask_number(std::string(size, '5'));
        BOOST_TEST(std::count(masked.begin(), masked.end(), '*') >= 3);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_short_name)

BOOST_AUTO_TEST_CASE(begins_with_a_letter_or_digit) {
    for (const auto name : {"a", "0", "acme-2", "a_b.c-d"})
        BOOST_TEST(is_short_name(name), name);
    BOOST_TEST(is_short_name(std::string(64, 'a')));
}

BOOST_AUTO_TEST_CASE(has_no_other_sign) {
    for (const auto name : {"", "A", "_a", ".a", "-a", "a b", "a/b", "é", "a\n"})
        BOOST_TEST(!is_short_name(name), name);
    BOOST_TEST(!is_short_name(std::string(65, 'a')));
    BOOST_TEST(!is_short_name(std::string_view("a\0", 2)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(an_escaped_text)

BOOST_AUTO_TEST_CASE(is_read_byte_by_byte) {
    BOOST_TEST(percent_decoded("a%20b%2F+%C3%a9~").value_or("") == "a b/+\xc3\xa9~");
    std::string escaped;
    std::string all;
    for (int byte = 1; byte < 256; ++byte) {
        const auto octet = static_cast<std::uint8_t>(byte);
        escaped += "%" + to_hex(std::span(&octet, 1));
        all += static_cast<char>(byte);
    }
    BOOST_TEST((percent_decoded(escaped) == all));
    BOOST_TEST((percent_decoded_secret(escaped)->reveal() == all));
}

BOOST_AUTO_TEST_CASE(is_none_where_an_escape_is_cut_wrong_or_a_zero_byte) {
    for (const char* text : {"%", "%4", "%4g", "%g4", "a%00b", "%-1"})
        BOOST_TEST((!percent_decoded(text) && !percent_decoded_secret(text)), text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_traceparent)

const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

BOOST_AUTO_TEST_CASE(has_the_form_of_w3c_trace_context) {
    BOOST_TEST(is_traceparent(trace));
}

BOOST_AUTO_TEST_CASE(has_no_other_length_sign_or_place_of_a_dash) {
    BOOST_TEST(!is_traceparent(""));
    BOOST_TEST(!is_traceparent(trace + "0"));
    BOOST_TEST(!is_traceparent(std::string(55, '-')));
    BOOST_TEST(!is_traceparent(std::string(55, '0')));
    for (std::size_t place = 0; place < trace.size(); ++place)
        for (const char wrong : {'g', 'A', '\0', '\n', trace[place] == '-' ? '0' : '-'}) {
            auto text = trace;
            text[place] = wrong;
            BOOST_TEST(!is_traceparent(text), text);
        }
}

BOOST_AUTO_TEST_SUITE_END()
