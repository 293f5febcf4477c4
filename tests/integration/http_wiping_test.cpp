#include "common/core/secret.hpp"
#include "tests/support/http_calls.hpp"
#include "tests/support/http_certificates.hpp"
#include "tests/support/http_loopback.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <fstream>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::http;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

// The marker is never in memory in clear but where a test puts it.
constexpr std::size_t marker_size = 24;

char marker_byte(std::size_t at) {
    return static_cast<char>('A' + (at * 7 + 3) % 26);
}

secret body_with_marker(std::size_t padding) {
    secret body = secret::of_size(padding + marker_size);
    for (std::size_t i = 0; i < padding; ++i)
        body.bytes()[i] = 'x';
    for (std::size_t i = 0; i < marker_size; ++i)
        body.bytes()[padding + i] = marker_byte(i);
    return body;
}

__attribute__((no_sanitize("address"))) std::size_t count_in(const char* from, const char* to) {
    std::size_t found = 0;
    const char first = marker_byte(0);
    for (; from + marker_size <= to; ++from) {
        if (*from != first)
            continue;
        std::size_t i = 1;
        while (i < marker_size && from[i] == marker_byte(i))
            ++i;
        found += i == marker_size ? 1U : 0U;
    }
    return found;
}

// In everything this process can write to: heaps, stacks, data.
std::size_t markers_in_memory() {
    constexpr std::uintptr_t most_bytes = 1U << 28U;  // what is larger is a sanitizer's shadow
    std::ifstream maps("/proc/self/maps");
    std::size_t found = 0;
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t from = 0;
        std::uintptr_t to = 0;
        char rights[5] = {};
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, rights) != 3)
            throw std::runtime_error("/proc/self/maps has another form: " + line);
        if (std::string_view(rights).starts_with("rw") && to - from < most_bytes)
            found +=
                count_in(reinterpret_cast<const char*>(from), reinterpret_cast<const char*>(to));
    }
    return found;
}

struct traffic {
    server_options serving;
    client_options calling;
};

// Bodies of several sizes over one connection; looks while the connection is still open.
void check_no_trace(const traffic& how, const std::string& scheme) {
    router table;
    table.on("POST", "/send", [&](server_request& request) -> asio::awaitable<server_answer> {
        server_answer answer;
        answer.body = std::to_string(request.body.size());
        co_return answer;
    });
    running_server server(std::move(table), how.serving);
    std::size_t left_behind = 0;
    run_to_end([&]() -> asio::awaitable<void> {
        client_options options = how.calling;
        options.base_url = scheme + "://localhost:" + std::to_string(server.port());
        client client(co_await asio::this_coro::executor, options);
        for (const std::size_t padding : {0U, 3000U, 9000U, 200U}) {
            request what = post("/send");
            what.body = body_with_marker(padding);
            const auto result = co_await client.call(what, in(10s));
            BOOST_REQUIRE(result.has_value());
            BOOST_TEST(result->body.reveal() == std::to_string(padding + marker_size));
        }
        left_behind = markers_in_memory();
    });
    BOOST_TEST(left_behind == 0U);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_body)

BOOST_AUTO_TEST_CASE(is_found_in_memory_where_it_was_planted) {
    secret planted = body_with_marker(100);
    BOOST_TEST(markers_in_memory() == 1U);
    planted.wipe();
    BOOST_TEST(markers_in_memory() == 0U);
}

BOOST_AUTO_TEST_CASE(leaves_no_trace_in_client_and_server) {
    check_no_trace({}, "http");
}

BOOST_AUTO_TEST_CASE(leaves_no_trace_under_tls_either) {
    const certificates made;
    made.make("server", "DNS:localhost");
    traffic how;
    how.serving.certificate_file = made.certificate("server");
    how.serving.key_file = made.key("server");
    how.calling.ca_file = made.ca();
    check_no_trace(how, "https");
}

BOOST_AUTO_TEST_CASE(of_an_answer_leaves_no_trace_either) {
    router table;
    const auto echo = [](server_request& request) -> asio::awaitable<server_answer> {
        server_answer answer;
        answer.body = request.body.reveal();
        co_return answer;
    };
    table.on("POST", "/send", echo);
    running_server server(std::move(table));
    run_to_end([&]() -> asio::awaitable<void> {
        client client(
            co_await asio::this_coro::executor,
            to("http://127.0.0.1:" + std::to_string(server.port()))
        );
        request what = post("/send");
        what.body = body_with_marker(5000);
        auto result = co_await client.call(what, in(10s));
        BOOST_REQUIRE(result.has_value());
        what.body.wipe();
        server.stop();
        BOOST_TEST(markers_in_memory() == 1U);
        result->body.wipe();
        BOOST_TEST(markers_in_memory() == 0U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
