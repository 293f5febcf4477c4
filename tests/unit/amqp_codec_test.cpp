#include "common/amqp/codec/message.hpp"
#include "common/amqp/codec/method.hpp"
#include "common/amqp/codec/properties.hpp"
#include "common/amqp/codec/table.hpp"
#include "common/amqp/codec/wire.hpp"
#include "tests/unit/amqp_script.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

using namespace otp::amqp;
using namespace otp::test;

namespace {

// The octets of a table without its length.
std::string entries(std::string_view raw, const table& added) {
    std::string out;
    put_table(out, raw, added);
    return out.substr(4);
}

std::string entry(std::string_view name, char type, std::string_view octets) {
    std::string out;
    wire::put_short_string(out, name);
    out += type;
    return out.append(octets);
}

std::string with_length(std::string_view octets) {
    std::string out;
    wire::put_long_string(out, octets);
    return out;
}

std::string nested(int tables, std::string inner = {}) {
    for (int i = 0; i < tables; ++i)
        inner = entry("t", 'F', with_length(inner));
    return inner;
}

message_properties all_properties() {
    message_properties p;
    p.content_type = "application/json";
    p.content_encoding = "identity";
    p.delivery_mode = 1;
    p.priority = std::uint8_t{0};
    p.correlation_id = "correlation";
    p.reply_to = "reply";
    p.expiration = "60000";
    p.message_id = "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f";
    p.timestamp = 0xFFFFFFFFFFULL;
    p.type = "send-otp";
    p.app_id = "app";
    p.raw_headers = entries({}, {{"traceparent", std::string("00-abc")}});
    return p;
}

void check_same(const message_properties& a, const message_properties& b) {
    BOOST_TEST(a.content_type == b.content_type);
    BOOST_TEST(a.content_encoding == b.content_encoding);
    BOOST_TEST(a.delivery_mode == b.delivery_mode);
    BOOST_TEST((a.priority == b.priority));
    BOOST_TEST(a.correlation_id == b.correlation_id);
    BOOST_TEST(a.reply_to == b.reply_to);
    BOOST_TEST(a.expiration == b.expiration);
    BOOST_TEST(a.message_id == b.message_id);
    BOOST_TEST((a.timestamp == b.timestamp));
    BOOST_TEST(a.type == b.type);
    BOOST_TEST(a.app_id == b.app_id);
    BOOST_TEST(a.raw_headers == b.raw_headers);
}

using integer_row = std::tuple<char, std::string, std::int64_t>;
const std::vector<integer_row> integers{
    {'b', "\xFF", -1},
    {'B', "\xFF", 255},
    {'s', "\xFF\xFE", -2},
    {'u', "\xFF\xFE", 65534},
    {'I', "\xFF\xFF\xFF\xFD", -3},
    {'i', "\xFF\xFF\xFF\xFD", 4294967293},
    {'l', "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFC", -4},
    {'T', std::string(7, '\0') + '\x05', 5},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(frames)

BOOST_AUTO_TEST_CASE(are_taken_whole_and_only_whole_wherever_the_stream_is_cut) {
    const std::string one = broker_says::body(7, "payload");
    for (std::size_t cut = 0; cut < one.size(); ++cut) {
        std::string_view in = std::string_view(one).substr(0, cut);
        wire::frame f;
        BOOST_TEST((wire::next_frame(in, 4096, f) == wire::framing::need_more));
        BOOST_TEST(in.size() == cut);
    }
    std::string_view in = one;
    wire::frame f;
    BOOST_TEST((wire::next_frame(in, 4096, f) == wire::framing::ok));
    BOOST_TEST(f.channel == 7);
    BOOST_TEST(f.payload == "payload");
    BOOST_TEST(in.empty());
}

BOOST_AUTO_TEST_CASE(may_be_as_long_as_agreed_and_no_longer) {
    wire::frame f;
    const std::string longest = broker_says::body(1, std::string(4096 - 8, 'x'));
    const std::string longer = broker_says::body(1, std::string(4096 - 7, 'x'));
    std::string_view in = longest;
    BOOST_TEST((wire::next_frame(in, 4096, f) == wire::framing::ok));
    // Known from its first octets: nothing of it needs to be read into memory.
    in = std::string_view(longer).substr(0, 7);
    BOOST_TEST((wire::next_frame(in, 4096, f) == wire::framing::malformed));
}

BOOST_AUTO_TEST_CASE(without_their_end_octet_are_malformed) {
    std::string one = broker_says::body(1, "x");
    one.back() = '\0';
    std::string_view in = one;
    wire::frame f;
    BOOST_TEST((wire::next_frame(in, 4096, f) == wire::framing::malformed));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tables)

BOOST_AUTO_TEST_CASE(give_back_what_was_written) {
    const std::string raw = entries(
        {},
        {{"text", std::string("value")},
         {"number", std::numeric_limits<std::int64_t>::min()},
         {"flag", true}}
    );
    BOOST_TEST(find_string(raw, "text").value() == "value");
    BOOST_TEST(find_integer(raw, "number").value() == std::numeric_limits<std::int64_t>::min());
    BOOST_TEST(!find_string(raw, "number").has_value());
    BOOST_TEST(!find_integer(raw, "flag").has_value());
    BOOST_TEST(!find_string(raw, "absent").has_value());
    BOOST_TEST(well_formed(raw));
}

BOOST_DATA_TEST_CASE(are_read_with_integers_of_every_width, integers, type, octets, number) {
    const std::string raw = entry("before", 't', "\x01") + entry("n", type, octets);
    BOOST_TEST(well_formed(raw));
    BOOST_TEST(find_integer(raw, "n").value() == number);
}

BOOST_AUTO_TEST_CASE(are_sent_on_octet_for_octet_with_what_is_added_behind) {
    const std::string raw = entry("odd", 'D', std::string("\x02\0\0\0\x07", 5)) +
                            entry("list", 'A', with_length(std::string("V")));
    const std::string sent = entries(raw, {{"x-otp-reason", std::string("bad_json")}});
    BOOST_TEST(sent.starts_with(raw));
    BOOST_TEST(find_string(sent, "x-otp-reason").value() == "bad_json");
}

BOOST_AUTO_TEST_CASE(hold_a_name_once_where_the_one_received_is_replaced) {
    const std::string before = entry("a", 't', "\x01");
    const std::string after = entry("b", 't', "\x01");
    const std::string old = entries({}, {{"x-otp-reason", std::string("old")}});
    const table added{{"x-otp-reason", std::string("new")}};
    BOOST_TEST(entries(before + old + after, added) == before + after + entries({}, added));
}

BOOST_AUTO_TEST_CASE(tell_how_often_and_why_a_message_died) {
    const auto died = [](const char* queue, const char* reason, std::int64_t count) {
        const table fields{
            {"count", count},
            {"reason", std::string(reason)},
            {"queue", std::string(queue)}};
        return "F" + with_length(entries({}, fields));
    };
    const std::string list = died("otp.retry.250", "expired", 3) + died("otp.send", "rejected", 1);
    const std::string raw = entry("x-death", 'A', with_length(list));
    const std::vector<death> deaths = find_deaths(raw);
    BOOST_REQUIRE(deaths.size() == 2U);
    BOOST_TEST(deaths[0].queue == "otp.retry.250");
    BOOST_TEST(deaths[0].reason == "expired");
    BOOST_TEST(deaths[0].count == 3);
    BOOST_TEST(deaths[1].queue == "otp.send");
    BOOST_TEST(find_deaths(entry("x-death", 'S', with_length("no list"))).empty());
}

BOOST_AUTO_TEST_CASE(may_be_nested_as_deeply_as_they_like_and_are_looked_into_eight_deep) {
    BOOST_TEST(well_formed(nested(1000)));
    std::string list = "V";
    for (int i = 0; i < 1000; ++i)
        list = "A" + with_length(list);
    BOOST_TEST(well_formed(entry("l", 'A', with_length(list))));
    const std::string odd = entry("odd", 'Z', "");
    BOOST_TEST(!well_formed(nested(7, odd)));
    BOOST_TEST(well_formed(nested(8, odd)));
}

BOOST_AUTO_TEST_CASE(that_are_cut_short_or_of_unknown_types_are_not_well_formed) {
    const std::string raw = entry("text", 'S', with_length("value"));
    for (std::size_t cut = 1; cut < raw.size(); ++cut)
        BOOST_TEST(!well_formed(std::string_view(raw).substr(0, cut)));
    BOOST_TEST(!well_formed(entry("odd", 'Z', "")));
    BOOST_TEST(well_formed(""));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(properties)

BOOST_AUTO_TEST_CASE(come_back_as_they_were_written) {
    for (const message_properties& p : {all_properties(), message_properties()}) {
        std::string octets;
        put_properties(octets, p);
        message_properties read;
        BOOST_REQUIRE(read_properties(octets, read));
        check_same(p, read);
    }
}

BOOST_AUTO_TEST_CASE(that_are_cut_short_or_too_long_are_refused) {
    std::string octets;
    put_properties(octets, all_properties());
    for (std::size_t cut = 0; cut < octets.size(); ++cut) {
        message_properties read;
        BOOST_TEST(!read_properties(std::string_view(octets).substr(0, cut), read));
    }
    message_properties read;
    BOOST_TEST(!read_properties(octets + "x", read));
}

BOOST_AUTO_TEST_CASE(with_flags_nobody_defined_are_refused) {
    for (const char low : {'\x01', '\x02'}) {
        message_properties read;
        BOOST_TEST(!read_properties(std::string{'\0', low}, read));
    }
}

BOOST_AUTO_TEST_CASE(longer_than_their_255_octets_are_a_bug_of_the_caller) {
    message_properties p;
    p.message_id = std::string(256, 'x');
    std::string octets;
    BOOST_CHECK_THROW(put_properties(octets, p), std::length_error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(messages)

BOOST_AUTO_TEST_CASE(are_cut_into_frames_no_longer_than_agreed) {
    outgoing_message m;
    m.body = std::string(3 * (4096 - 8) + 1, 'b');
    std::string octets;
    put_message(octets, 3, 4096, m);
    std::string_view in = octets;
    std::string body;
    int bodies = 0;
    wire::frame f;
    while (wire::next_frame(in, 4096, f) == wire::framing::ok)
        if (f.type == wire::frame_type::body) {
            ++bodies;
            body.append(f.payload);
        }
    BOOST_TEST(in.empty());
    BOOST_TEST(bodies == 4);
    BOOST_TEST(body == m.body);
}

BOOST_AUTO_TEST_CASE(keep_our_headers_where_those_received_leave_no_room_in_the_frame) {
    outgoing_message m;
    m.properties.raw_headers = entry("big", 'S', with_length(std::string(4060, 'x')));
    m.properties.headers.emplace_back("x-otp-reason", std::string("bad_json"));
    std::string octets;
    put_message(octets, 1, 4096, m);
    std::string_view in = octets;
    wire::frame f;
    BOOST_REQUIRE((wire::next_frame(in, 4096, f) == wire::framing::ok));
    BOOST_REQUIRE((wire::next_frame(in, 4096, f) == wire::framing::ok));
    message_properties read;
    BOOST_REQUIRE(read_properties(f.payload.substr(12), read));
    BOOST_TEST(find_string(read.raw_headers, "x-otp-reason").value() == "bad_json");
    BOOST_TEST(!find_string(read.raw_headers, "big").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
