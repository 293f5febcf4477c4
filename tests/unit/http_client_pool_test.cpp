// How a client keeps, shares and gives up its connections.
#include "common/http/client.hpp"
#include "tests/support/http_calls.hpp"
#include "tests/support/http_scripts.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <thread>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::http;
using namespace otp::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(an_http_connection_pool)

BOOST_AUTO_TEST_CASE(keeps_one_connection_for_calls_one_after_the_other) {
    scripted_server server({answer_all});
    run_to_end([&]() -> asio::awaitable<void> {
        client client(co_await asio::this_coro::executor, to(server.url()));
        for (int i = 0; i < 20; ++i) {
            const request what = post("/");
            const auto result = co_await client.call(what, in(10s));
            BOOST_TEST(result.has_value());
        }
        BOOST_TEST(client.connections() == 1U);
    });
    BOOST_TEST(server.accepted() == 1);
}

BOOST_AUTO_TEST_CASE(closes_a_connection_that_may_not_be_kept) {
    const std::string close = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    const std::string surplus = ok + "HTTP/1.1 408 Late\r\n\r\n";
    for (const std::string& text : {close, surplus}) {
        scripted_server server({[&](peer& other) {
            other.read_request();
            other.send(text);
            BOOST_TEST(other.read_to_end().empty());
        }});
        run_to_end([&]() -> asio::awaitable<void> {
            client client(co_await asio::this_coro::executor, to(server.url()));
            const request what = post("/");
            const auto result = co_await client.call(what, in(10s));
            BOOST_TEST(result.has_value());
            BOOST_TEST(client.connections() == 0U);
        });
    }
}

BOOST_AUTO_TEST_CASE(dials_anew_where_an_idle_connection_was_closed_reset_or_spoke_up) {
    const std::vector<scripted_server::script> ends{
        [](peer& other) { other.close(); },
        [](peer& other) { other.reset(); },
        [](peer& other) { other.send("HTTP/1.1 408 Late\r\n\r\n"); },
    };
    for (const auto& end : ends) {
        std::promise<void> gone;
        std::promise<void> may_go;
        scripted_server server(
            {[&](peer& other) {
                 say(ok)(other);
                 may_go.get_future().wait();
                 end(other);
                 gone.set_value();
             },
             answer_all}
        );
        run_to_end([&]() -> asio::awaitable<void> {
            client client(co_await asio::this_coro::executor, to(server.url()));
            const request what = post("/");
            auto result = co_await client.call(what, in(10s));
            BOOST_TEST(client.connections() == 1U);
            may_go.set_value();
            gone.get_future().wait();
            wait_until_it_arrived(server.port());
            result = co_await client.call(what, in(10s));
            BOOST_TEST(result.has_value());
            BOOST_TEST(client.connections() == 1U);
        });
        BOOST_TEST(server.accepted() == 2);
    }
}

BOOST_AUTO_TEST_CASE(closes_a_connection_that_is_idle_for_too_long) {
    scripted_server server({answer_all});
    run_to_end([&]() -> asio::awaitable<void> {
        client_options options = to(server.url());
        options.idle_timeout = 20ms;
        client client(co_await asio::this_coro::executor, options);
        const request what = post("/");
        const auto result = co_await client.call(what, in(10s));
        BOOST_TEST(result.has_value());
        BOOST_TEST(client.connections() == 1U);
        const deadline limit = in(20s);
        while (client.connections() != 0 && std::chrono::steady_clock::now() < limit)
            co_await sleep_for(1ms);
        BOOST_TEST(client.connections() == 0U);
    });
}

BOOST_AUTO_TEST_CASE(serves_calls_beyond_its_limit_in_the_order_they_came) {
    std::vector<std::string> seen;
    scripted_server server({[&](peer& other) {
        for (std::string text; !(text = other.read_request()).empty(); other.send(ok))
            seen.push_back(text.substr(5, 2));
    }});
    run_to_end([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        client_options options = to(server.url());
        options.most_connections = 1;
        client client(executor, options);
        task_group calls(executor);
        for (const char* target : {"/1", "/2", "/3", "/4"}) {
            calls.spawn([&client, target]() -> asio::awaitable<void> {
                const request what = post(target);
                const auto result = co_await client.call(what, in(10s));
                BOOST_TEST(result.has_value());
            });
        }
        co_await calls.join();
    });
    server.finish();
    BOOST_TEST(server.accepted() == 1);
    const std::vector<std::string> order{"/1", "/2", "/3", "/4"};
    BOOST_TEST(seen == order, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(does_not_send_a_call_that_found_no_free_connection_in_time) {
    std::atomic<bool> release = false;
    scripted_server server({[&](peer& other) {
        other.read_request();
        while (!release)
            std::this_thread::yield();
        other.send(ok);
        BOOST_TEST(other.read_to_end().empty());
    }});
    run_to_end([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        client_options options = to(server.url());
        options.most_connections = 1;
        client client(executor, options);
        task_group calls(executor);
        calls.spawn([&client]() -> asio::awaitable<void> {
            const request what = post("/1");
            const auto result = co_await client.call(what, in(10s));
            BOOST_TEST(result.has_value());
        });
        co_await sleep_for(1ms);
        const request what = post("/2");
        const auto result = co_await client.call(what, in(20ms));
        BOOST_TEST(is_not_sent(result));
        release = true;
        co_await calls.join();
    });
}

BOOST_AUTO_TEST_CASE(names_what_is_wrong_with_its_options) {
    asio::io_context context(1);
    for (const char* url : {"", "ftp://a", "https://", "http://u:p@a", "http://a:0"}) {
        BOOST_CHECK_EXCEPTION(
            client(context.get_executor(), to(url)),
            std::invalid_argument,
            [](const auto& e) { return std::string(e.what()).starts_with("base URL"); }
        );
    }
    client_options options = to("https://a");
    options.ca_file = "/nowhere/ca.pem";
    BOOST_CHECK_EXCEPTION(
        client(context.get_executor(), options),
        std::invalid_argument,
        [](const auto& e) {
            return std::string(e.what()).find("/nowhere/ca.pem") != std::string::npos;
        }
    );
}

BOOST_AUTO_TEST_SUITE_END()
