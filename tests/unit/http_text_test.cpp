#include "common/http/codec/chunked.hpp"
#include "common/http/codec/head.hpp"
#include "common/http/codec/wiped_buffer.hpp"
#include "common/http/form.hpp"
#include "common/http/server.hpp"
#include "common/http/url.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ostream>
#include <string>

namespace asio = boost::asio;
namespace data = boost::unit_test::data;
using namespace otp;
using namespace otp::http;

namespace {

asio::awaitable<server_answer> nothing(server_request&) {
    co_return server_answer();
}

struct url_row {
    const char* text;
    const char* origin;  // empty: refused
    const char* target;
};
std::ostream& operator<<(std::ostream& out, const url_row& row) {
    return out << "'" << row.text << "'";
}

const std::vector<url_row> urls{
    {"https://api.twilio.com", "https://api.twilio.com", "/"},
    {"HTTP://LocalHost:8080/A/b?c=D", "http://localhost:8080", "/A/b?c=D"},
    {"https://a:443", "https://a", "/"},
    {"http://a:443", "http://a:443", "/"},
    {"http://[::1]:80/x", "http://[::1]", "/x"},
    {"http://a?x", "http://a", "/?x"},
    {"", "", ""},
    {"a.b", "", ""},
    {"ftp://a", "", ""},
    {"http://", "", ""},
    {"http://:80", "", ""},
    {"http://a:", "", ""},
    {"http://a:0", "", ""},
    {"http://a:65536", "", ""},
    {"http://a:8o", "", ""},
    {"http://u:p@a", "", ""},
    {"http://a#f", "", ""},
    {"http://a b", "", ""},
    {"http://[::1", "", ""},
    {"http://a/\r\nX: 1", "", ""},
};

const std::vector<std::string>
    bad_forms{"a=%", "a=%4", "a=%zz", "a=%00", "=1", "a=b c", "a=\n", "a=1&%"};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_url)

BOOST_DATA_TEST_CASE(is_taken_apart_or_refused, data::make(urls), row) {
    const auto parsed = parse_url(row.text);
    BOOST_REQUIRE(parsed.has_value() == (*row.origin != '\0'));
    if (!parsed)
        return;
    BOOST_TEST(parsed->origin() == row.origin);
    BOOST_TEST(parsed->target == row.target);
}

BOOST_AUTO_TEST_CASE(has_an_address_to_listen_on_with_a_port_always) {
    const auto v4 = parse_host_and_port("127.0.0.1:0");
    BOOST_REQUIRE(v4.has_value());
    BOOST_TEST(v4->host == "127.0.0.1");
    BOOST_TEST(v4->port == 0);
    BOOST_TEST(parse_host_and_port("[::1]:8080")->host == "::1");
    for (const char* text : {"", "127.0.0.1", ":80", "a:99999", "::1:80", "[::1]80"})
        BOOST_TEST(!parse_host_and_port(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_form)

BOOST_AUTO_TEST_CASE(is_written_as_the_providers_read_it) {
    const form_field fields[] = {
        {"To", "whatsapp:+15552229999"},
        {"Body", "a b*-._~\xc3\xa9&="},
        {"E", ""}};
    const secret text = encode_form(fields);
    BOOST_TEST(text.reveal() == "To=whatsapp%3A%2B15552229999&Body=a+b*-._%7E%C3%A9%26%3D&E=");
    BOOST_TEST(encode_form({}).empty());
}

BOOST_AUTO_TEST_CASE(is_read_back_in_order_with_repeated_names) {
    const auto fields = decode_form("a=1&b=x+y%2Bz&a=2&&c&d==");
    BOOST_REQUIRE(fields.has_value());
    const form expected{{"a", "1"}, {"b", "x y+z"}, {"a", "2"}, {"c", ""}, {"d", "="}};
    BOOST_TEST((*fields == expected));
    BOOST_TEST(form_value(*fields, "a") == "1");
    BOOST_TEST(form_value(*fields, "none").empty());
    BOOST_TEST(decode_form("")->empty());
}

BOOST_DATA_TEST_CASE(is_refused_where_it_is_broken, data::make(bad_forms), text) {
    BOOST_TEST(!decode_form(text).has_value());
}

BOOST_AUTO_TEST_CASE(is_refused_beyond_its_limits) {
    form_limits limits;
    limits.most_fields = 2;
    limits.most_bytes = 9;
    BOOST_TEST(decode_form("a=1&b=345", limits).has_value());
    BOOST_TEST(!decode_form("a=1&b=3456", limits).has_value());
    BOOST_TEST(!decode_form("a&b&c", limits).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_router)

BOOST_AUTO_TEST_CASE(finds_by_method_and_segments) {
    router routes;
    routes.on("GET", "/", nothing).on("GET", "/a/{x}/b/{y}", nothing).on("POST", "/a/{x}", nothing);
    BOOST_TEST(routes.find("GET", "/").answer != nullptr);
    const auto found = routes.find("GET", "/a/1%202/b/%C3%A9");
    BOOST_REQUIRE(found.answer != nullptr);
    BOOST_TEST(found.captures.at("x") == "1 2");
    BOOST_TEST(found.captures.at("y") == "\xc3\xa9");
    for (const char* path : {"/a/1/b/2/", "/a//b/2", "/a/1/b", "/a/%zz/b/2", "", "*", "/A/1/b/2"})
        BOOST_TEST(routes.find("GET", path).answer == nullptr, path);
}

BOOST_AUTO_TEST_CASE(takes_a_literal_before_a_capture_whatever_came_first) {
    router routes;
    routes.on("GET", "/a/{x}", nothing)
        .on("GET", "/a/new", nothing)
        .on("DELETE", "/a/{x}", nothing);
    BOOST_TEST(routes.find("GET", "/a/new").captures.empty());
    BOOST_TEST(routes.find("GET", "/a/n%65w").captures.empty());
    BOOST_TEST(routes.find("GET", "/a/old").captures.at("x") == "old");
    BOOST_TEST(routes.find("DELETE", "/a/new").captures.at("x") == "new");
}

BOOST_AUTO_TEST_CASE(names_the_other_methods_of_a_known_path) {
    router routes;
    routes.on("GET", "/a", nothing).on("POST", "/a", nothing);
    const auto found = routes.find("PUT", "/a");
    BOOST_TEST(found.answer == nullptr);
    const std::vector<std::string> methods{"GET", "POST"};
    BOOST_TEST(found.other_methods == methods, boost::test_tools::per_element());
    BOOST_TEST(routes.find("PUT", "/b").other_methods.empty());
}

BOOST_AUTO_TEST_CASE(refuses_a_pattern_that_is_no_path) {
    router routes;
    BOOST_CHECK_THROW(routes.on("GET", "a", nothing), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_message)

BOOST_AUTO_TEST_CASE(head_ends_at_the_empty_line_however_it_is_cut) {
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\n";
    const std::size_t size = text.find("body");
    for (std::size_t have = 0; have < size; ++have) {
        const auto first = find_head_end(text.substr(0, have), 0);
        BOOST_REQUIRE(first.has_value());
        BOOST_TEST(!first->has_value());
        const auto then = find_head_end(text, have);
        BOOST_REQUIRE(then.has_value());
        BOOST_TEST(then->value() == size);
    }
}

BOOST_AUTO_TEST_CASE(head_takes_the_absolute_form_and_keeps_the_query_raw) {
    const auto head = parse_request_head("GET http://a:1/p%41?q=%20 HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_REQUIRE(head.has_value());
    BOOST_TEST(head->path == "/p%41");
    BOOST_TEST(head->query == "q=%20");
}

BOOST_AUTO_TEST_CASE(head_of_more_than_a_hundred_fields_is_refused) {
    std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 100; ++i)
        text += "X: 1\r\n";
    const auto head = parse_request_head(text + "\r\n");
    BOOST_REQUIRE(head.has_error());
    BOOST_TEST(head.error().status == 431U);
}

BOOST_AUTO_TEST_CASE(without_a_body_by_its_status_has_none_whatever_the_fields_say) {
    for (const char* status : {"100", "204", "304"}) {
        const auto head = parse_answer_head(
            "HTTP/1.1 " + std::string(status) + " X\r\nContent-Length: 5\r\n\r\n"
        );
        BOOST_REQUIRE(head.has_value());
        BOOST_TEST((head->body == framing::none));
    }
}

BOOST_AUTO_TEST_CASE(in_chunks_reads_the_same_however_it_is_cut) {
    const std::string wire = "5;ext=1\r\nhello\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nNEXT";
    const std::size_t size = wire.find("NEXT");
    for (std::size_t step = 1; step <= wire.size(); ++step) {
        chunked_reader reader(15);
        wiped_buffer body;
        std::size_t taken = 0;
        while (reader.state() == chunked_reader::progress::more && taken < wire.size())
            taken += reader.feed(std::string_view(wire).substr(taken, step), body);
        BOOST_TEST((reader.state() == chunked_reader::progress::done));
        BOOST_TEST(taken == size);
        BOOST_TEST(body.view() == "hello0123456789");
    }
}

BOOST_AUTO_TEST_CASE(in_chunks_is_refused_where_it_is_broken_or_too_long) {
    using progress = chunked_reader::progress;
    const auto end_of = [](std::string_view wire) {
        chunked_reader reader(15);
        wiped_buffer body;
        reader.feed(wire, body);
        return reader.state();
    };
    for (const char* wire :
         {"\r\n", "x\r\n", "-1\r\n", "1\na", "1\r\nab", "1\r\na\n", "1 \r \n", ";x\r\n"})
        BOOST_TEST((end_of(wire) == progress::malformed), wire);
    for (const char* wire : {"10\r\n", "ffffffffffffffff1\r\n", "8\r\n12345678\r\n8\r\n"})
        BOOST_TEST((end_of(wire) == progress::too_long), wire);
    BOOST_TEST((end_of("1;" + std::string(5000, 'x')) == progress::malformed));
    BOOST_TEST((end_of("0\r\n" + std::string(5000, 'x')) == progress::malformed));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_wiped_buffer)

BOOST_AUTO_TEST_CASE(gives_back_what_was_put_in_across_growth) {
    wiped_buffer buffer;
    std::string expected;
    for (std::size_t i = 0; i < 1000; ++i) {
        buffer.append(i);
        expected += std::to_string(i);
        buffer.drop_front(1);
        expected.erase(0, 1);
        BOOST_REQUIRE(buffer.view() == expected);
    }
    buffer.clear();
    BOOST_TEST(buffer.empty());
}

BOOST_AUTO_TEST_CASE(gives_memory_back_beyond_what_it_may_keep) {
    wiped_buffer buffer;
    buffer.append(std::string(2000, 'x'));
    buffer.clear(2000);
    BOOST_TEST(buffer.room(1).size() == 2000U);
    buffer.clear(1999);
    BOOST_TEST(buffer.room(1).size() == 1U);
    buffer.append("y");
    BOOST_TEST(buffer.view() == "y");
}

BOOST_AUTO_TEST_CASE(leaves_zeros_where_text_was_dropped) {
    wiped_buffer buffer;
    buffer.append("0123456789");
    const char* const bytes = buffer.view().data();
    buffer.drop_front(4);
    BOOST_TEST(std::all_of(bytes, bytes + 4, [](char c) { return c == '\0'; }));
    BOOST_TEST(buffer.view() == "456789");
    buffer.clear();
    BOOST_TEST(std::all_of(bytes, bytes + 10, [](char c) { return c == '\0'; }));
}

BOOST_AUTO_TEST_SUITE_END()
