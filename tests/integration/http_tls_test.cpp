#include "common/http/client.hpp"
#include "tests/support/http_calls.hpp"
#include "tests/support/http_certificates.hpp"
#include "tests/support/http_loopback.hpp"
#include "tests/support/http_scripted_server.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <thread>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::http;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// One CA and its certificates for all cases: making keys takes longer than the cases.
const certificates& made() {
    static const certificates all;
    static const bool once = [] {
        all.make("good", "DNS:localhost,IP:127.0.0.1");
        all.make("name-only", "DNS:localhost");
        all.make("other", "DNS:other.example");
        all.make("expired", "DNS:localhost,IP:127.0.0.1", -1);
        return true;
    }();
    (void)once;
    return all;
}

struct free_context {
    void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
};
using tls_context = std::unique_ptr<SSL_CTX, free_context>;

tls_context server_context(const std::string& name) {
    tls_context context(::SSL_CTX_new(::TLS_server_method()));
    if (::SSL_CTX_use_certificate_chain_file(context.get(), made().certificate(name).c_str()) !=
            1 ||
        ::SSL_CTX_use_PrivateKey_file(context.get(), made().key(name).c_str(), SSL_FILETYPE_PEM) !=
            1)
        throw std::runtime_error("server_context: the certificate cannot be used");
    return context;
}

client_options trusting(const scripted_server& server, const std::string& host = "localhost") {
    client_options options = to(server.url("https", host));
    options.ca_file = made().ca();
    return options;
}

scripted_server::script say(SSL_CTX* context, std::string text, bool notify = true) {
    return [context, text, notify](peer& other) {
        if (!other.accept_tls(context))
            return;
        other.read_request();
        other.send(text);
        if (notify)
            other.close_notify();
    };
}

call_result call_with_certificate(const std::string& name, const std::string& host) {
    const tls_context context = server_context(name);
    scripted_server server({say(context.get(), ok)});
    return call_once(trusting(server, host));
}

void check_refused(const call_result& result, const std::string& why) {
    BOOST_REQUIRE(is_not_sent(result));
    BOOST_TEST(result.error().text.find("TLS handshake") != std::string::npos, result.error().text);
    BOOST_TEST(result.error().text.find(why) != std::string::npos, result.error().text);
}

server_options with_certificate(const std::string& name) {
    server_options options;
    options.certificate_file = made().certificate(name);
    options.key_file = made().key(name);
    return options;
}

router echo() {
    router table;
    table.on("POST", "/send", [](server_request& request) -> asio::awaitable<server_answer> {
        server_answer answer;
        answer.body = request.body.reveal();
        co_return answer;
    });
    return table;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(an_https_call)

BOOST_AUTO_TEST_CASE(is_answered_where_host_or_address_stand_in_the_certificate) {
    BOOST_TEST(call_with_certificate("good", "localhost").has_value());
    BOOST_TEST(call_with_certificate("good", "127.0.0.1").has_value());
}

BOOST_AUTO_TEST_CASE(is_not_sent_where_the_certificate_is_wrong_and_says_what_is_wrong) {
    check_refused(call_with_certificate("other", "localhost"), "host name does not match");
    check_refused(call_with_certificate("name-only", "127.0.0.1"), "host name does not match");
    check_refused(call_with_certificate("expired", "localhost"), "has expired");
    const certificates stranger;
    const tls_context context = server_context("good");
    scripted_server server({say(context.get(), ok)});
    client_options options = trusting(server);
    options.ca_file = stranger.ca();
    check_refused(call_once(options), "unknown CA");
}

BOOST_AUTO_TEST_CASE(is_not_sent_where_the_handshake_never_ends) {
    scripted_server server({[](peer& other) { other.read_to_end(); }});
    client_options options = trusting(server);
    options.connect_timeout = 30ms;
    check_refused(call_once(options), "time-out");
}

BOOST_AUTO_TEST_CASE(is_not_sent_to_a_server_without_tls) {
    scripted_server server({[](peer& other) { other.send("HTTP/1.1 400 Bad\r\n\r\n"); }});
    check_refused(call_once(trusting(server)), "TLS handshake");
}

BOOST_AUTO_TEST_CASE(is_not_sent_to_a_server_that_speaks_only_an_old_version) {
    const tls_context context = server_context("good");
    ::SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    ::SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
    ::SSL_CTX_set_security_level(context.get(), 0);
    scripted_server server({say(context.get(), ok)});
    check_refused(call_once(trusting(server)), "TLS handshake");
}

BOOST_AUTO_TEST_CASE(takes_the_end_of_the_connection_for_the_end_of_the_body_only_after_close_notify
) {
    const tls_context context = server_context("good");
    const std::string open_ended = "HTTP/1.1 201 Created\r\n\r\nall of it";
    scripted_server server({say(context.get(), open_ended), say(context.get(), open_ended, false)});
    const auto whole = call_once(trusting(server));
    BOOST_REQUIRE(whole.has_value());
    BOOST_TEST(whole->body.reveal() == "all of it");
    const auto cut = call_once(trusting(server));
    BOOST_TEST(is_in_doubt(cut));
    BOOST_TEST((cut.error().status == 201U));
}

BOOST_AUTO_TEST_CASE(is_in_doubt_where_the_connection_breaks_after_the_request) {
    const tls_context context = server_context("good");
    const auto hang_up = [&](peer& other) {
        other.accept_tls(context.get());
        other.read_request();
        other.reset();
    };
    scripted_server server({hang_up, say(context.get(), "", true)});
    BOOST_TEST(is_in_doubt(call_once(trusting(server))));
    BOOST_TEST(is_in_doubt(call_once(trusting(server))));
}

BOOST_AUTO_TEST_CASE(reuses_an_open_connection_and_dials_anew_where_it_was_closed_while_idle) {
    const tls_context context = server_context("good");
    using script = std::function<void(peer&)>;
    const std::vector<script> ends{
        [](peer& other) { other.close_notify(); },
        [](peer& other) { other.close(); },
        [](peer& other) { other.reset(); },
    };
    for (const script& end : ends) {
        std::promise<void> gone;
        std::promise<void> may_go;
        int answered = 0;
        const auto first = [&](peer& other) {
            other.accept_tls(context.get());
            for (; answered < 3; ++answered) {
                other.read_request();
                other.send(ok);
            }
            may_go.get_future().wait();
            end(other);
            gone.set_value();
            other.read_to_end();
        };
        scripted_server server({first, say(context.get(), ok)});
        run_to_end([&]() -> asio::awaitable<void> {
            client client(co_await asio::this_coro::executor, trusting(server));
            const request what = post("/");
            for (int i = 0; i < 3; ++i) {
                const auto result = co_await client.call(what, in(10s));
                BOOST_TEST(result.has_value());
            }
            may_go.set_value();
            gone.get_future().wait();
            wait_until_it_arrived(server.port());
            const auto result = co_await client.call(what, in(10s));
            BOOST_TEST(result.has_value());
        });
        BOOST_TEST(answered == 3);
        BOOST_TEST(server.accepted() == 2);
    }
}

BOOST_AUTO_TEST_CASE(resumes_the_session_of_an_earlier_connection) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const tls_context context = server_context("good");
        ::SSL_CTX_set_max_proto_version(context.get(), version);
        std::vector<int> resumed;
        const auto play = [&](peer& other) {
            other.accept_tls(context.get());
            resumed.push_back(::SSL_session_reused(other.tls()));
            other.read_request();
            other.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            other.read_to_end();
        };
        scripted_server server({play, play, play});
        run_to_end([&]() -> asio::awaitable<void> {
            client client(co_await asio::this_coro::executor, trusting(server));
            const request what = post("/");
            for (int i = 0; i < 3; ++i) {
                const auto result = co_await client.call(what, in(10s));
                BOOST_TEST(result.has_value());
            }
        });
        server.finish();
        const std::vector<int> expected{0, 1, 1};
        BOOST_TEST(resumed == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(names_the_host_it_wants_in_the_handshake) {
    const tls_context context = server_context("good");
    std::string name;
    scripted_server server({[&](peer& other) {
        other.accept_tls(context.get());
        const char* wanted = ::SSL_get_servername(other.tls(), TLSEXT_NAMETYPE_host_name);
        name = wanted != nullptr ? wanted : "";
        other.read_request();
        other.send(ok);
    }});
    BOOST_TEST(call_once(trusting(server)).has_value());
    server.finish();
    BOOST_TEST(name == "localhost");
}

BOOST_AUTO_TEST_CASE(of_a_burst_connects_only_when_fewer_than_the_limit_are_connecting) {
    const tls_context context = server_context("good");
    std::atomic<bool> connecting = false;
    std::atomic<bool> go_on = false;
    const scripted_server::script slow = [&](peer& other) {
        connecting = true;
        while (!go_on)
            std::this_thread::yield();
        if (other.accept_tls(context.get()))
            while (!other.read_request().empty())
                other.send(ok);
    };
    scripted_server server({slow, slow, slow});
    run_to_end([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        client_options options = trusting(server);
        options.most_dials = 1;
        client client(executor, options);
        task_group calls(executor);
        for (int i = 0; i < 3; ++i) {
            calls.spawn([&client]() -> asio::awaitable<void> {
                const request what = post("/");
                const auto result = co_await client.call(what, in(10s));
                BOOST_TEST(result.has_value());
            });
        }
        while (!connecting)
            co_await sleep_for(1ms);
        BOOST_TEST(client.connections() == 1U);
        go_on = true;
        co_await calls.join();
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(an_https_server)

BOOST_AUTO_TEST_CASE(serves_our_client_over_one_connection) {
    running_server server(echo(), with_certificate("good"));
    run_to_end([&]() -> asio::awaitable<void> {
        client_options options = to("https://localhost:" + std::to_string(server.port()));
        options.ca_file = made().ca();
        client client(co_await asio::this_coro::executor, options);
        for (const std::size_t size : {1U, 5000U, 16384U}) {
            const request what = post("/send", std::string(size, 'x'));
            const auto result = co_await client.call(what, in(10s));
            BOOST_REQUIRE(result.has_value());
            BOOST_TEST(result->body.size() == size);
        }
        BOOST_TEST(client.connections() == 1U);
        const request large = post("/send", std::string(1'000'000, 'x'));
        const auto result = co_await client.call(large, in(10s));
        BOOST_TEST((result.has_error() || result->status == 413U));
    });
    server.stop();
    BOOST_TEST(server.errors().empty());
}

BOOST_AUTO_TEST_CASE(outlives_strangers_who_speak_no_tls_or_say_nothing) {
    server_options options = with_certificate("good");
    options.header_timeout = 20ms;
    running_server server(echo(), options);
    raw_client plain(server.port());
    plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(plain.read_all().find("HTTP/") == std::string::npos);
    raw_client silent(server.port());
    BOOST_TEST(silent.read_all().empty());
    server.stop();
    BOOST_TEST(server.errors().empty());
}

BOOST_AUTO_TEST_CASE(names_the_file_it_cannot_use) {
    server_options options = with_certificate("good");
    options.key_file = made().key("other");
    const auto names_key = [&](const auto& e) {
        return std::string(e.what()).find(options.key_file) != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(running_server(echo(), options), std::invalid_argument, names_key);
    options.key_file.clear();
    BOOST_CHECK_THROW(running_server(echo(), options), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
