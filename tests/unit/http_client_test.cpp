// One call of a client: when it was not sent, and when it is in doubt.
#include "common/http/client.hpp"
#include "tests/support/http_calls.hpp"
#include "tests/support/http_scripts.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::http;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

unsigned short closed_port() {
    scripted_server gone({});
    return gone.port();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(an_http_call)

BOOST_AUTO_TEST_CASE(writes_head_and_body_once_and_as_given) {
    std::string seen;
    scripted_server server({[&](peer& other) {
        seen = other.read_request();
        other.send(ok);
        seen += other.read_to_end();
    }});
    const auto result = call_once(to(server.url()));
    server.finish();
    BOOST_REQUIRE(result.has_value());
    BOOST_TEST(result->status == 200U);
    BOOST_TEST(
        seen == "POST /send HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                    "\r\nX-Test: 1\r\nContent-Length: 3\r\n\r\na=1"
    );
}

BOOST_AUTO_TEST_CASE(is_not_sent_where_the_connection_is_refused) {
    const auto result = call_once(to("http://127.0.0.1:" + std::to_string(closed_port())));
    BOOST_TEST(is_not_sent(result));
    BOOST_TEST(result.error().text.find("connect") != std::string::npos, result.error().text);
    BOOST_TEST(result.error().text.find("refused") != std::string::npos, result.error().text);
}

BOOST_AUTO_TEST_CASE(is_not_sent_where_the_name_is_unknown) {
    const auto result = call_once(to("http://no-such-host.invalid"), 20s);
    BOOST_TEST(is_not_sent(result));
    BOOST_TEST(result.error().text.find("look-up of no-such-host.invalid") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(finds_a_host_by_name) {
    scripted_server server({answer_all});
    BOOST_TEST(call_once(to(server.url("http", "localhost"))).has_value());
}

BOOST_AUTO_TEST_CASE(is_in_doubt_where_the_answer_comes_too_late) {
    scripted_server server({[](peer& other) {
        other.read_request();
        other.read_to_end();
    }});
    const auto result = call_once(to(server.url()), 30ms);
    BOOST_TEST(is_in_doubt(result));
    BOOST_TEST(result.error().text.find("time-out") != std::string::npos, result.error().text);
}

BOOST_AUTO_TEST_CASE(is_in_doubt_where_the_connection_is_reset_after_the_request) {
    scripted_server server({[](peer& other) {
        other.read_request();
        other.reset();
    }});
    BOOST_TEST(is_in_doubt(call_once(to(server.url()))));
}

BOOST_AUTO_TEST_CASE(writes_nothing_from_write_before_on) {
    std::string seen = "never ended";
    scripted_server server({[&](peer& other) {
        other.read_request();
        other.send(ok);
        seen = other.read_to_end();
    }});
    run_to_end([&]() -> asio::awaitable<void> {
        client client(co_await asio::this_coro::executor, to(server.url()));
        request late = post("/late");
        late.write_before = boot_clock::now();
        auto result = co_await client.call(late, in(10s));
        BOOST_TEST(is_not_sent(result));
        BOOST_TEST(client.connections() == 0U);
        const request first = post("/first");
        result = co_await client.call(first, in(10s));
        BOOST_TEST(result.has_value());
        result = co_await client.call(late, in(10s));
        BOOST_TEST(is_not_sent(result));
        result = co_await client.call(first, in(-1ms));
        BOOST_TEST(is_not_sent(result));
    });
    server.finish();
    BOOST_TEST(seen == "");
}

BOOST_AUTO_TEST_CASE(refuses_a_request_that_would_break_the_framing) {
    const auto call = [](request what) {
        run_to_end([&]() -> asio::awaitable<void> {
            client client(co_await asio::this_coro::executor, to("http://127.0.0.1:1"));
            co_await client.call(what, in(1s));
        });
    };
    request what = post("/a b");
    BOOST_CHECK_THROW(call(std::move(what)), std::invalid_argument);
    what = post("/a\r\nX: 1");
    BOOST_CHECK_THROW(call(std::move(what)), std::invalid_argument);
    what = post("/");
    what.head = "X: 1";
    BOOST_CHECK_THROW(call(std::move(what)), std::invalid_argument);
    what = post("/");
    what.head = "X: 1\r\n\r\nGET / HTTP/1.1\r\n";
    BOOST_CHECK_THROW(call(std::move(what)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(throws_where_cancelled_before_and_is_in_doubt_where_cancelled_after_writing) {
    std::atomic<bool> received = false;
    scripted_server server({[&](peer& other) {
        other.read_request();
        received = true;
        other.read_to_end();
    }});
    run_to_end([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        client_options options = to(server.url());
        options.most_connections = 1;
        client client(executor, options);
        bool was_in_doubt = false;
        bool waiter_returned = false;
        task_group first(executor);
        first.spawn([&]() -> asio::awaitable<void> {
            const request what = post("/first");
            const auto result = co_await client.call(what, in(60s));
            was_in_doubt = is_in_doubt(result);
        });
        task_group second(executor);
        second.spawn([&]() -> asio::awaitable<void> {
            const request what = post("/second");
            co_await client.call(what, in(60s));
            waiter_returned = true;
        });
        while (!received)
            co_await sleep_for(1ms);
        second.cancel();
        co_await second.join();
        BOOST_TEST(!waiter_returned);
        first.cancel();
        co_await first.join();
        BOOST_TEST(was_in_doubt);
        BOOST_TEST(client.connections() == 0U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
