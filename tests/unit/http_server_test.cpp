#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "common/core/secret.hpp"
#include "tests/support/http_loopback.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <ostream>

namespace asio = boost::asio;
namespace data = boost::unit_test::data;
using namespace otp;
using namespace otp::http;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

asio::awaitable<server_answer> echo(server_request& request) {
    server_answer answer;
    answer.content_type = "text/plain";
    answer.body = request.method + " " + request.path + "?" + request.query + " [" +
                  std::string(request.body.reveal()) + "]";
    for (const auto& [name, value] : request.captures)
        answer.body += " " + name + "=" + value;
    co_return answer;
}

asio::awaitable<server_answer> fail(server_request&) {
    throw std::runtime_error("the reason inside");
    co_return server_answer();
}

asio::awaitable<server_answer> part_of_the_program(server_request&) {
    server_answer answer;
    answer.body = "begin ";
    answer.fixed_body = "and what is fixed";
    co_return answer;
}

asio::awaitable<server_answer> never(server_request&) {
    co_await sleep_for(60s);
    co_return server_answer();
}

router routes() {
    router table;
    table.on("GET", "/things/{id}", echo);
    table.on("POST", "/things", echo);
    table.on("POST", "/larger/{id}", echo, 80);
    table.on("GET", "/fail/{secret}", fail);
    table.on("GET", "/fixed", part_of_the_program);
    table.on("GET", "/never", never);
    return table;
}

server_options small() {
    server_options options;
    options.most_header_bytes = 512;
    options.most_body_bytes = 64;
    return options;
}

std::string ask(running_server& server, std::string_view request) {
    raw_client client(server.port());
    client.send(request);
    return client.read_all();
}

std::string post(std::string_view fields, std::string_view body) {
    return "POST /things HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n" +
           std::string(body);
}

const std::string close_get = "GET /things/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

bool is_problem(const std::string& answer, unsigned status) {
    const std::string number = std::to_string(status);
    return answer.starts_with("HTTP/1.1 " + number + " ") &&
           answer.find("Content-Type: application/problem+json\r\n") != std::string::npos &&
           answer.find("\"status\":" + number + ",") != std::string::npos &&
           answer.find("Connection: close\r\n") != std::string::npos;
}

struct refusal {
    const char* rule;
    std::string request;
    unsigned status;
};
std::ostream& operator<<(std::ostream& out, const refusal& r) {
    return out << r.rule << ": " << r.status;
}

const std::vector<refusal> refusals{
    {"no version", "GET /things/1\r\nHost: a\r\n\r\n", 400},
    {"another version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"bare line feed", "GET / HTTP/1.1\nHost: a\n\n", 400},
    {"folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400},
    {"space before colon", "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n", 400},
    {"control character", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\x01\r\n\r\n", 400},
    {"carriage return inside", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r2\r\n\r\n", 400},
    {"space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"no path", "GET things HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"two lengths", post("Content-Length: 2\r\nContent-Length: 2\r\n", "ab"), 400},
    {"list of lengths", post("Content-Length: 2, 2\r\n", "ab"), 400},
    {"negative length", post("Content-Length: -2\r\n", "ab"), 400},
    {"signed length", post("Content-Length: +2\r\n", "ab"), 400},
    {"length and coding", post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "ab"), 400},
    {"unknown coding", post("Transfer-Encoding: gzip, chunked\r\n", "ab"), 501},
    {"unknown expectation", post("Expect: coffee\r\nContent-Length: 2\r\n", "ab"), 417},
    {"long body", post("Content-Length: 65\r\n", ""), 413},
    {"length over all numbers", post("Content-Length: 99999999999999999999999\r\n", ""), 400},
    {"long chunk", post("Transfer-Encoding: chunked\r\n", "41\r\n"), 413},
    {"endless chunk size", post("Transfer-Encoding: chunked\r\n", "fffffffffffffffffff\r\n"), 413},
    {"no chunk size", post("Transfer-Encoding: chunked\r\n", "\r\n"), 400},
    {"chunk without end", post("Transfer-Encoding: chunked\r\n", "1\r\nab\r\n"), 400},
    {"coding in 1.0", "POST /things HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"long header", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(600, 'x') + "\r\n\r\n", 431},
    {"endless header", "GET /" + std::string(6000, 'x'), 431},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(an_http_server)

BOOST_DATA_TEST_CASE(refuses_and_closes, data::make(refusals), row) {
    running_server server(routes(), small());
    const std::string answer = ask(server, row.request);
    BOOST_TEST(is_problem(answer, row.status), answer);
    server.stop();
    BOOST_TEST(server.errors().empty());
}

BOOST_AUTO_TEST_CASE(takes_larger_bodies_where_the_route_says_so) {
    const auto larger = [](std::string_view fields, std::string_view body) {
        auto request = post(fields, body);
        return request.replace(request.find("/things"), 7, "/larger/1");
    };
    const std::string body(80, 'x');
    running_server server(routes(), small());
    const auto taken = ask(server, larger("Connection: close\r\nContent-Length: 80\r\n", body));
    BOOST_TEST(taken.find('[' + body + ']') != std::string::npos, taken);
    BOOST_TEST(is_problem(ask(server, larger("Content-Length: 81\r\n", "")), 413));
    BOOST_TEST(is_problem(ask(server, larger("Transfer-Encoding: chunked\r\n", "51\r\n")), 413));
}

BOOST_AUTO_TEST_CASE(answers_by_route_with_captures_query_and_length) {
    running_server server(routes());
    const std::string answer =
        ask(server, "GET /things/a%2Fb?x=1&y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    BOOST_TEST(
        answer == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 33\r\n"
                  "Connection: close\r\n\r\nGET /things/a%2Fb?x=1&y [] id=a/b"
    );
}

BOOST_AUTO_TEST_CASE(keeps_a_connection_and_serves_pipelined_requests_in_order) {
    running_server server(routes());
    const std::string answers = ask(
        server,
        post("Content-Length: 3\r\n", "one") +
            post("Transfer-Encoding: chunked\r\n", "2;x=y\r\ntw\r\n1\r\no\r\n0\r\nT: t\r\n\r\n") +
            "\r\n" + close_get
    );
    const auto one = answers.find("[one]");
    const auto two = answers.find("[two]");
    const auto last = answers.find("id=1");
    BOOST_TEST(one != std::string::npos);
    BOOST_TEST(one < two);
    BOOST_TEST(two < last);
    BOOST_TEST(last != std::string::npos);
}

BOOST_AUTO_TEST_CASE(takes_a_request_byte_by_byte) {
    running_server server(routes());
    raw_client client(server.port());
    for (const char c : "\r\n" + post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"))
        client.send({&c, 1});
    BOOST_TEST(client.read_until("[abc]").starts_with("HTTP/1.1 200 "));
}

BOOST_AUTO_TEST_CASE(closes_after_a_request_of_http_1_0_unless_asked_to_keep) {
    running_server server(routes());
    const std::string closed = ask(server, "GET /things/1 HTTP/1.0\r\n\r\n");
    BOOST_TEST(closed.find("Connection: close\r\n") != std::string::npos);
    raw_client client(server.port());
    client.send("GET /things/1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    BOOST_TEST(!client.read_until("id=1").empty());
    client.send(close_get);
    BOOST_TEST(client.read_all().ends_with("id=1"));
}

BOOST_AUTO_TEST_CASE(answers_404_and_405_with_the_methods_allowed_and_keeps_the_connection) {
    running_server server(routes());
    raw_client client(server.port());
    client.send("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(client.read_until("\"code\":\"not_found\"}").starts_with("HTTP/1.1 404 "));
    client.send("DELETE /things/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string answer = client.read_until("\"code\":\"method_not_allowed\"}");
    BOOST_TEST(answer.starts_with("HTTP/1.1 405 "));
    BOOST_TEST(answer.find("Allow: GET, HEAD\r\n") != std::string::npos);
    BOOST_TEST(answer.find("Connection: keep-alive\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(answers_head_as_get_without_the_body) {
    running_server server(routes());
    const std::string answer =
        ask(server, "HEAD /things/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    BOOST_TEST(answer.find("Content-Length: ") != std::string::npos);
    BOOST_TEST(answer.ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(writes_what_is_fixed_after_the_body_and_counts_it) {
    running_server server(routes());
    raw_client client(server.port());
    client.send("HEAD /fixed HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(client.read_until("\r\n\r\n").find("Content-Length: 23\r\n") != std::string::npos);
    client.send("GET /fixed HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    BOOST_TEST(client.read_all().ends_with("\r\n\r\nbegin and what is fixed"));
}

BOOST_AUTO_TEST_CASE(asks_for_the_body_where_the_client_waits_to_be_asked) {
    running_server server(routes());
    raw_client client(server.port());
    client.send(post("Content-Length: 2\r\nExpect: 100-continue\r\n", ""));
    BOOST_TEST(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("ab");
    BOOST_TEST(client.read_until("[ab]").starts_with("HTTP/1.1 200 "));
}

BOOST_AUTO_TEST_CASE(answers_500_to_a_handler_that_throws_and_tells_only_its_owner_why) {
    running_server server(routes());
    const std::string answer =
        ask(server, "GET /fail/s3cr3t HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    BOOST_TEST(is_problem(answer, 500), answer);
    BOOST_TEST(answer.find("reason inside") == std::string::npos);
    server.stop();
    BOOST_REQUIRE(server.errors().size() == 1U);
    BOOST_TEST(server.errors()[0] == "GET /fail/{secret}: the reason inside");
}

BOOST_AUTO_TEST_CASE(answers_500_where_a_header_of_the_handler_would_break_the_framing) {
    router table;
    table.on("GET", "/", [](server_request&) -> asio::awaitable<server_answer> {
        server_answer answer;
        answer.headers.emplace_back("Location", "/\r\nX: 1");
        co_return answer;
    });
    running_server server(std::move(table));
    const std::string answer =
        ask(server, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    BOOST_TEST(is_problem(answer, 500), answer);
    BOOST_TEST(answer.find("X: 1") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(cancels_a_handler_that_takes_too_long_and_answers_503_with_retry_after) {
    server_options options;
    options.handler_timeout = 20ms;
    running_server server(routes(), options);
    const std::string answer =
        ask(server, "GET /never HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    BOOST_TEST(is_problem(answer, 503), answer);
    BOOST_TEST(answer.find("Retry-After: 1\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(answers_408_to_a_head_or_body_that_does_not_come) {
    server_options options;
    options.header_timeout = 20ms;
    options.body_timeout = 20ms;
    running_server server(routes(), options);
    BOOST_TEST(is_problem(ask(server, "GET / HTTP"), 408));
    BOOST_TEST(is_problem(ask(server, post("Content-Length: 9\r\n", "ab")), 408));
    BOOST_TEST(is_problem(ask(server, post("Transfer-Encoding: chunked\r\n", "9\r\n")), 408));
}

BOOST_AUTO_TEST_CASE(closes_a_silent_connection_without_a_word) {
    server_options options;
    options.header_timeout = 20ms;
    options.idle_timeout = 20ms;
    running_server server(routes(), options);
    BOOST_TEST(ask(server, "").empty());
    const std::string answer = ask(server, "GET /things/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(answer.ends_with("id=1"), answer);
}

BOOST_AUTO_TEST_CASE(survives_clients_that_hang_up_anywhere) {
    running_server server(routes());
    const std::string request = post("Content-Length: 3\r\n", "abc");
    for (std::size_t size = 0; size <= request.size(); ++size) {
        raw_client client(server.port());
        client.send(std::string_view(request).substr(0, size));
        client.end_of_input();
        const std::string answer = client.read_all();
        BOOST_TEST(answer.ends_with("[abc]") == (size == request.size()));
    }
    server.stop();
    BOOST_TEST(server.errors().empty());
}

BOOST_AUTO_TEST_CASE(takes_no_more_connections_than_its_cap_and_serves_the_rest_later) {
    server_options options;
    options.most_connections = 1;
    running_server server(routes(), options);
    auto first = std::make_unique<raw_client>(server.port());
    first->send("GET /things/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(!first->read_until("id=1").empty());
    raw_client second(server.port());
    second.send(close_get);
    first->send("GET /things/2 HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(!first->read_until("id=2").empty());
    first.reset();
    BOOST_TEST(second.read_all().ends_with("id=1"));
}

BOOST_AUTO_TEST_CASE(lets_a_request_under_way_end_and_closes_idle_connections_on_stop) {
    std::promise<void> entered;
    std::atomic<bool> released = false;
    router table = routes();
    table.on("GET", "/slow", [&](server_request& request) -> asio::awaitable<server_answer> {
        entered.set_value();
        while (!released)
            co_await sleep_for(1ms);
        co_return co_await echo(request);
    });
    running_server server(std::move(table));
    raw_client idle(server.port());
    idle.send("GET /things/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(!idle.read_until("id=1").empty());
    raw_client busy(server.port());
    busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    entered.get_future().wait();
    server.ask_to_stop();
    BOOST_TEST(idle.read_all().empty());
    released = true;
    const std::string answer = busy.read_all();
    BOOST_TEST(answer.find("Connection: close\r\n") != std::string::npos);
    BOOST_TEST(answer.ends_with("[]"));
    server.stop();
    BOOST_CHECK_THROW(raw_client(server.port()), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(ends_a_request_that_outlasts_the_grace) {
    running_server server(routes(), {}, 20ms);
    raw_client client(server.port());
    client.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
    client.send("GET");
    server.stop();
    BOOST_TEST(server.errors().empty());
    BOOST_TEST(client.read_all().empty());
}

BOOST_AUTO_TEST_CASE(writes_its_own_errors_as_the_options_say) {
    server_options options;
    options.error_body = [](unsigned status, std::string_view) {
        server_answer answer;
        answer.body = "{\"error\":" + std::to_string(status) + "}";
        return answer;
    };
    running_server server(routes(), options);
    const std::string answer =
        ask(server, "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    BOOST_TEST(answer.starts_with("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"));
    BOOST_TEST(answer.ends_with("{\"error\":404}"));
}

BOOST_AUTO_TEST_CASE(gives_the_handler_lower_case_headers_and_the_peer) {
    router table;
    table.on("GET", "/", [](server_request& request) -> asio::awaitable<server_answer> {
        server_answer answer;
        answer.body = std::string(request.header("x-mark")) + "|" + request.peer.to_string() + "|" +
                      std::string(request.header("missing"));
        co_return answer;
    });
    running_server server(std::move(table));
    const std::string answer =
        ask(server, "GET / HTTP/1.1\r\nHost: a\r\nX-MARK:  Yes \r\nConnection: close\r\n\r\n");
    BOOST_TEST(answer.ends_with("Yes|127.0.0.1|"), answer);
}

BOOST_AUTO_TEST_CASE(names_the_address_it_cannot_listen_on) {
    asio::io_context context(1);
    server first(context.get_executor(), routes(), {});
    first.listen("127.0.0.1:0");
    const std::string taken = "127.0.0.1:" + std::to_string(first.local().port());
    for (const std::string& address : {taken, std::string("nonsense"), std::string("[::1]")}) {
        server second(context.get_executor(), routes(), {});
        BOOST_CHECK_EXCEPTION(second.listen(address), std::runtime_error, [&](const auto& e) {
            return std::string(e.what()).find(address) != std::string::npos;
        });
    }
}

BOOST_AUTO_TEST_SUITE_END()
