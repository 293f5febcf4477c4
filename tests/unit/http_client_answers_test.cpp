// What a client makes of answers, whole and broken.
#include "common/http/client.hpp"
#include "tests/support/http_calls.hpp"
#include "tests/support/http_scripts.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace data = boost::unit_test::data;
using namespace otp;
using namespace otp::http;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

struct good {
    const char* rule;
    std::string wire;
    std::string body;
};
std::ostream& operator<<(std::ostream& out, const good& row) {
    return out << row.rule;
}

const std::vector<good> good_answers{
    {"by length", ok, "ok"},
    {"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
    {"chunked",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n1\r\nc\r\n0\r\nT: "
     "1\r\n\r\n",
     "abc"},
    {"until close", "HTTP/1.0 200 OK\r\n\r\nall of it", "all of it"},
    {"after interim answers",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nX: 1\r\n\r\n" + ok,
     "ok"},
    {"no reason phrase", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", "x"},
};

struct bad {
    const char* rule;
    std::string wire;
    std::optional<unsigned> status;
};
std::ostream& operator<<(std::ostream& out, const bad& row) {
    return out << row.rule;
}

const std::vector<bad> bad_answers{
    {"nothing", "", {}},
    {"no HTTP", "SSH-2.0-x\r\n\r\n", {}},
    {"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", {}},
    {"half a status line", "HTTP/1.1 201 Cr", {}},
    {"half a head", "HTTP/1.1 201 Created\r\nContent-", 201},
    {"interim answer only", "HTTP/1.1 100 Continue\r\n\r\n", {}},
    {"half a body", "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nab", 201},
    {"half a chunk", "HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", 400},
    {"broken chunk", "HTTP/1.1 201 C\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 201},
    {"two lengths", "HTTP/1.1 201 C\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 201},
    {"long body by length", "HTTP/1.1 201 C\r\nContent-Length: 65\r\n\r\n", 201},
    {"long body by chunks", "HTTP/1.1 201 C\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n", 201},
    {"long body until close", "HTTP/1.1 201 C\r\n\r\n" + std::string(65, 'x'), 201},
    {"endless head", "HTTP/1.1 201 C\r\nX: " + std::string(33000, 'x'), 201},
    {"switch of protocols", "HTTP/1.1 101 S\r\n\r\n", {}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(an_http_answer)

BOOST_DATA_TEST_CASE(takes_an_answer, data::make(good_answers), row) {
    scripted_server server({say(row.wire)});
    const auto result = call_once(to(server.url()));
    BOOST_REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().text));
    BOOST_TEST(result->body.reveal() == row.body);
}

BOOST_DATA_TEST_CASE(
    is_in_doubt_and_not_repeated_after_a_broken_answer,
    data::make(bad_answers),
    row
) {
    scripted_server server({say(row.wire), say(ok)});
    client_options options = to(server.url());
    options.most_answer_bytes = 64;
    const auto result = call_once(options);
    BOOST_TEST(is_in_doubt(result));
    BOOST_TEST((result.error().status == row.status));
    BOOST_TEST(result.error().text.starts_with(server.url() + ": "), result.error().text);
    BOOST_TEST(server.accepted() == 1);
}

BOOST_AUTO_TEST_CASE(is_in_doubt_wherever_the_answer_is_cut) {
    const std::string whole = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok";
    std::vector<scripted_server::script> scripts;
    for (std::size_t size = 0; size <= whole.size(); ++size)
        scripts.push_back(say(whole.substr(0, size)));
    scripted_server server(scripts);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto result = call_once(to(server.url()));
        BOOST_TEST(is_in_doubt(result));
        BOOST_TEST(result.error().status.has_value() == (size >= whole.find('\n') + 1));
    }
    BOOST_TEST(call_once(to(server.url())).has_value());
}

BOOST_AUTO_TEST_CASE(gives_status_and_the_pause_asked_for) {
    scripted_server server({say("HTTP/1.1 429 Slow\r\nRETRY-AFTER: 7\r\nContent-Length: 0\r\n\r\n")}
    );
    const auto result = call_once(to(server.url()));
    BOOST_REQUIRE(result.has_value());
    BOOST_TEST(result->status == 429U);
    BOOST_TEST((result->retry_after == 7s));
}

BOOST_AUTO_TEST_CASE(gives_the_pause_asked_for_though_the_answer_is_cut_or_broken) {
    for (const std::string rest :
         {"Content-Length: 5\r\n\r\nab",
          "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
          "Content-Len"}) {
        scripted_server server({say("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\n" + rest)});
        const auto result = call_once(to(server.url()));
        BOOST_TEST(is_in_doubt(result));
        BOOST_TEST((result.error().status == 429U), rest);
        BOOST_TEST((result.error().retry_after == 7s), rest);
    }
}

BOOST_AUTO_TEST_CASE(gives_the_status_alone_where_a_field_makes_no_sense) {
    scripted_server server({say("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nno field\r\n\r\n")});
    const auto result = call_once(to(server.url()));
    BOOST_TEST(is_in_doubt(result));
    BOOST_TEST((result.error().status == 429U));
    BOOST_TEST(!result.error().retry_after.has_value());
}

BOOST_AUTO_TEST_CASE(never_follows_a_redirect) {
    scripted_server server(
        {say("HTTP/1.1 302 F\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"), say(ok)}
    );
    const auto result = call_once(to(server.url()));
    BOOST_REQUIRE(result.has_value());
    BOOST_TEST(result->status == 302U);
    BOOST_TEST(server.accepted() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
