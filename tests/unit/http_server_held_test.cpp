#include "common/async/deadline.hpp"
#include "tests/support/http_loopback.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::http;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most = 4000;  // answers in a row

struct held {
    held() : server(routes(), for_one()) {}

    router routes() {
        router table;
        table.on("GET", "/bytes/{count}", [this](server_request& request) {
            return so_many_bytes(request);
        });
        table.on("POST", "/", [](server_request&) -> asio::awaitable<server_answer> {
            co_return server_answer();
        });
        return table;
    }

    // One connection at a time, so that the next one tells when the last has ended.
    static server_options for_one() {
        server_options options;
        options.most_connections = 1;
        options.body_timeout = 50ms;
        return options;
    }

    asio::awaitable<server_answer> so_many_bytes(server_request& request) {
        ++begun;
        server_answer answer;
        answer.body.assign(std::stoul(request.captures.at("count")), 'x');
        co_return answer;
    }

    // Throws where the connections before have not ended within 10 s.
    void expect_room() {
        raw_client next(server.port());
        next.send("GET /bytes/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        BOOST_TEST(next.read_all().ends_with("x"));
    }

    std::atomic<std::size_t> begun = 0;
    running_server server;
};

std::string gets(std::size_t times, std::size_t bytes) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += "GET /bytes/" + std::to_string(bytes) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    return all;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_client_that_takes_no_answer, held)

BOOST_AUTO_TEST_CASE(is_let_go_in_time_and_the_kernel_keeps_little_for_it) {
    raw_client client(server.port());
    client.send(gets(1, 16'000'000));
    expect_room();
    BOOST_TEST(client.read_all().size() < 1'000'000U);
}

BOOST_AUTO_TEST_CASE(is_let_go_too_where_it_waits_to_be_asked_for_its_body) {
    raw_client first(server.port());
    first.send(gets(most, 100));
    expect_room();
    const std::size_t blocked = begun - 1;  // the answer to this one did not fit
    BOOST_REQUIRE(blocked < most);
    // Some of these leave less room than the 25 bytes that ask for a body.
    for (std::size_t last = 0; last < 300; last += 20) {
        raw_client client(server.port());
        client.send(
            gets(blocked - 2, 100) + gets(1, last) +
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
        );
        expect_room();
    }
}

BOOST_AUTO_TEST_SUITE_END()
