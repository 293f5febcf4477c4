#include "common/http/cors.hpp"
#include "tests/support/http_loopback.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace asio = boost::asio;
using namespace otp::http;
using namespace otp::test;

namespace {

std::string value_of(const server_answer& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers)
        if (key == name)
            return value;
    return "(none)";
}

server_answer allowed(const allowed_origins& origins, const char* origin) {
    server_request request;
    if (origin != nullptr)
        request.headers.emplace_back("origin", origin);
    server_answer answer;
    allow_origin(origins, request, answer);
    return answer;
}

const allowed_origins two{"https://app.example.com", "http://localhost:3000"};

}  // namespace

BOOST_AUTO_TEST_SUITE(cross_origin_answers)

BOOST_AUTO_TEST_CASE(may_be_read_by_the_pages_that_are_listed) {
    for (const auto& origin : two) {
        const auto answer = allowed(two, origin.c_str());
        BOOST_TEST(value_of(answer, "Access-Control-Allow-Origin") == origin);
        BOOST_TEST(value_of(answer, "Access-Control-Expose-Headers") == "Retry-After");
        BOOST_TEST(value_of(answer, "Vary") == "Origin");
    }
}

BOOST_AUTO_TEST_CASE(may_be_read_by_no_other_page) {
    for (const auto* origin :
         {"https://app.example.com.evil.example",
          "https://app.example.com:444",
          "null",
          "http://app.example.com",
          "https://evil.example"}) {
        const auto answer = allowed(two, origin);
        BOOST_TEST(value_of(answer, "Access-Control-Allow-Origin") == "(none)");
        BOOST_TEST(value_of(answer, "Vary") == "Origin");
    }
}

BOOST_AUTO_TEST_CASE(say_nothing_where_none_is_listed) {
    BOOST_TEST(allowed({}, "https://app.example.com").headers.empty());
}

BOOST_AUTO_TEST_CASE(depend_on_the_origin_also_where_none_was_sent) {
    const auto answer = allowed(two, nullptr);
    BOOST_TEST(value_of(answer, "Vary") == "Origin");
    BOOST_TEST(answer.headers.size() == 1U);
}

BOOST_AUTO_TEST_CASE(may_be_read_by_every_page_where_a_star_is_listed) {
    const auto answer = allowed({"*"}, "https://anywhere.example");
    BOOST_TEST(value_of(answer, "Access-Control-Allow-Origin") == "*");
}

BOOST_AUTO_TEST_CASE(tell_a_page_of_another_site_that_is_not_listed_from_all_other_callers) {
    const auto is_unlisted = [](const allowed_origins& origins, const char* site, const char* origin
                             ) {
        server_request request;
        request.headers = {{"sec-fetch-site", site}, {"origin", origin}};
        return is_of_unlisted_site(origins, request);
    };
    BOOST_TEST(is_unlisted(two, "cross-site", "https://evil.example"));
    BOOST_TEST(is_unlisted(two, "cross-site", ""));  // an image
    BOOST_TEST(is_unlisted({}, "cross-site", "https://app.example.com"));
    BOOST_TEST(!is_unlisted(two, "cross-site", "https://app.example.com"));
    BOOST_TEST(!is_unlisted({"*"}, "cross-site", "https://evil.example"));
    for (const auto* site : {"same-origin", "same-site", "none", ""})
        BOOST_TEST(!is_unlisted(two, site, "https://evil.example"), site);
}

BOOST_AUTO_TEST_CASE(never_allow_credentials) {
    for (const auto& answer : {allowed(two, two[0].c_str()), preflight_answer("POST")})
        BOOST_TEST(value_of(answer, "Access-Control-Allow-Credentials") == "(none)");
}

BOOST_AUTO_TEST_CASE(an_origin_is_written_as_browsers_send_it) {
    for (const auto* text :
         {"*", "https://a.example", "http://localhost:3000", "http://[::1]:8080"})
        BOOST_TEST(is_origin(text), text);
    for (const auto* text :
         {"",
          "a.example",
          "https://a.example/",
          "https://a.example/x",
          "https://A.example",
          "https://a.example:443",
          "ftp://a.example",
          "*.example",
          "null"})
        BOOST_TEST(!is_origin(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(what_a_server_adds)

BOOST_AUTO_TEST_CASE(stands_in_every_answer_its_own_errors_included) {
    router table;
    table.on("GET", "/", [](server_request&) -> asio::awaitable<server_answer> {
        co_return server_answer();
    });
    server_options options;
    options.finish = [](const server_request& request, server_answer& answer) {
        answer.headers.emplace_back("X-Added", request.path.empty() ? "?" : request.path);
    };
    running_server server(std::move(table), options);
    const auto ask = [&](std::string_view request) {
        raw_client client(server.port());
        client.send(request);
        return client.read_all();
    };
    const auto added = [&](std::string_view request, std::string_view line) {
        return ask(request).find(line) != std::string::npos;
    };
    BOOST_TEST(added("GET / HTTP/1.0\r\n\r\n", "\r\nX-Added: /\r\n"));
    BOOST_TEST(added("GET /nothing HTTP/1.0\r\n\r\n", "\r\nX-Added: /nothing\r\n"));
    BOOST_TEST(added("POST / HTTP/1.0\r\n\r\n", "\r\nX-Added: /\r\n"));
    BOOST_TEST(added("nonsense\r\n\r\n", "\r\nX-Added: ?\r\n"));
}

BOOST_AUTO_TEST_SUITE_END()
