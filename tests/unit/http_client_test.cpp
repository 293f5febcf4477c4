#include "common/http/client.hpp"
#include "tests/support/http_calls.hpp"
#include "tests/support/http_scripted_server.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <mutex>
#include <ostream>

namespace asio = boost::asio;
namespace data = boost::unit_test::data;
using namespace otp;
using namespace otp::http;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers every request of a connection.
void answer_all(peer& other) {
    while (!other.read_request().empty())
        other.send(ok);
}

scripted_server::script say(std::string text) {
    return [text](peer& other) {
        other.read_request();
        other.send(text);
    };
}

unsigned short closed_port() {
    scripted_server gone({});
    return gone.port();
}

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

BOOST_AUTO_TEST_CASE(gives_status_type_and_the_pause_asked_for) {
    scripted_server server(
        {say("HTTP/1.1 429 Slow\r\ncontent-type: application/json\r\nRETRY-AFTER: 7\r\n"
             "Content-Length: 0\r\n\r\n")}
    );
    const auto result = call_once(to(server.url()));
    BOOST_REQUIRE(result.has_value());
    BOOST_TEST(result->status == 429U);
    BOOST_TEST(result->content_type == "application/json");
    BOOST_TEST((result->retry_after == 7s));
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
    run([&]() -> asio::awaitable<void> {
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
        run([&]() -> asio::awaitable<void> {
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
    run([&]() -> asio::awaitable<void> {
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

BOOST_AUTO_TEST_SUITE(an_http_connection_pool)

BOOST_AUTO_TEST_CASE(keeps_one_connection_for_calls_one_after_the_other) {
    scripted_server server({answer_all});
    run([&]() -> asio::awaitable<void> {
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
        run([&]() -> asio::awaitable<void> {
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
        run([&]() -> asio::awaitable<void> {
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
    run([&]() -> asio::awaitable<void> {
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
    run([&]() -> asio::awaitable<void> {
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
    run([&]() -> asio::awaitable<void> {
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
