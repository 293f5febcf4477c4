// Calls to an https origin through a proxy. One script plays both: the proxy first, then the origin
// behind it.
#include "common/http/proxy.hpp"
#include "tests/support/http_calls.hpp"
#include "tests/support/http_certificates.hpp"
#include "tests/support/http_scripts.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>

using namespace otp;
using namespace otp::http;
using namespace otp::test;

namespace {

const std::string connected = "HTTP/1.1 200 Connection established\r\n\r\n";

const certificates& made() {
    static const certificates all;
    static const bool once = [] {
        all.make("provider", "DNS:provider.example");
        return true;
    }();
    (void)once;
    return all;
}

struct free_context {
    void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
};
using tls_context = std::unique_ptr<SSL_CTX, free_context>;

tls_context provider_context() {
    tls_context context(::SSL_CTX_new(::TLS_server_method()));
    const auto certificate = made().certificate("provider");
    const auto key = made().key("provider");
    if (::SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1 ||
        ::SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error("the certificate cannot be used");
    return context;
}

// The name of the origin is nowhere known: only the proxy can reach it.
client_options through(const scripted_server& server, const std::string& user = "") {
    client_options options = to("https://provider.example");
    options.ca_file = made().ca();
    auto parsed = parse_proxy("http://" + user + "127.0.0.1:" + std::to_string(server.port()));
    options.through = std::make_shared<const proxy>(std::move(*parsed));
    return options;
}

bool tells(const call_result& result, const std::string& what) {
    return result.error().text.find(what) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_call_through_a_proxy)

BOOST_AUTO_TEST_CASE(asks_for_the_origin_and_shows_the_proxy_nothing_else) {
    const tls_context context = provider_context();
    std::string asked;
    std::string request;
    scripted_server server({[&](peer& other) {
        asked = other.read_request();
        other.send(connected);
        if (!other.accept_tls(context.get()))
            return;
        request = other.read_request();
        other.send(ok);
    }});
    const auto result = call_once(through(server));
    server.finish();
    BOOST_TEST_REQUIRE(result.has_value(), result.error().text);
    BOOST_TEST(result->body.reveal() == "ok");
    BOOST_TEST(
        asked == "CONNECT provider.example:443 HTTP/1.1\r\nHost: provider.example:443\r\n\r\n"
    );
    BOOST_TEST(request.starts_with("POST /send HTTP/1.1\r\nHost: provider.example\r\n"));
    BOOST_TEST(request.find("Proxy-") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(says_who_we_are_where_the_proxy_wants_it) {
    std::string asked;
    scripted_server server({[&](peer& other) {
        asked = other.read_request();
        other.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    }});
    const auto result = call_once(through(server, "al%69ce:s%40cret@"));
    server.finish();
    // base64 of alice:s@cret
    BOOST_TEST(
        asked.find("\r\nProxy-Authorization: Basic YWxpY2U6c0BjcmV0\r\n\r\n") != std::string::npos,
        asked
    );
    BOOST_TEST(is_not_sent(result));
    BOOST_TEST(tells(result, "the proxy answered 407"), result.error().text);
    BOOST_TEST(!tells(result, "YWxp"));
}

BOOST_AUTO_TEST_CASE(is_not_sent_where_the_proxy_hangs_up_or_talks_nonsense) {
    scripted_server gone({[](peer& other) { other.read_request(); }});
    const auto closed = call_once(through(gone));
    BOOST_TEST(is_not_sent(closed));
    BOOST_TEST(tells(closed, "closed by the other side"), closed.error().text);
    for (const std::string words : {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nand more"}) {
        scripted_server talks({say(words)});
        const auto result = call_once(through(talks));
        BOOST_TEST(is_not_sent(result));
        BOOST_TEST(tells(result, "the proxy's answer is malformed"), result.error().text);
    }
}

BOOST_AUTO_TEST_CASE(is_made_whatever_the_proxy_says_of_a_body_and_before_its_answer) {
    const tls_context context = provider_context();
    for (const std::string words :
         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
        scripted_server server({[&](peer& other) {
            other.read_request();
            other.send(words);
            if (!other.accept_tls(context.get()))
                return;
            other.read_request();
            other.send(ok);
        }});
        const auto result = call_once(through(server));
        BOOST_TEST(result.has_value(), words);
    }
}

BOOST_AUTO_TEST_CASE(tells_the_refusal_of_a_proxy_that_explains_it) {
    scripted_server server({say("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")});
    const auto result = call_once(through(server));
    BOOST_TEST(is_not_sent(result));
    BOOST_TEST(tells(result, "the proxy answered 403"), result.error().text);
}

BOOST_AUTO_TEST_CASE(is_not_sent_where_the_proxy_is_silent) {
    scripted_server server({[](peer& other) {
        other.read_request();
        other.read_to_end();
    }});
    const auto result = call_once(through(server), std::chrono::milliseconds(100));
    BOOST_TEST(is_not_sent(result));
    BOOST_TEST(tells(result, "time-out"), result.error().text);
}

BOOST_AUTO_TEST_CASE(believes_only_the_certificate_of_the_origin) {
    const tls_context context = provider_context();
    scripted_server server({[&](peer& other) {
        other.read_request();
        other.send(connected);
        other.accept_tls(context.get());
    }});
    auto options = through(server);
    options.base_url = "https://other.example";
    const auto result = call_once(options);
    BOOST_TEST(is_not_sent(result));
    BOOST_TEST(tells(result, "TLS handshake"), result.error().text);
}

BOOST_AUTO_TEST_CASE(is_made_directly_where_nothing_hides_it_from_the_proxy) {
    scripted_server proxy_that_is_not_asked({});
    scripted_server origin({answer_all});
    auto options = through(proxy_that_is_not_asked);
    options.base_url = origin.url();
    BOOST_TEST(call_once(options).has_value());
    BOOST_TEST(proxy_that_is_not_asked.accepted() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_proxy_in_the_settings)

BOOST_AUTO_TEST_CASE(has_a_host_and_a_port) {
    const auto plain = parse_proxy("http://proxy.example.com:3128");
    BOOST_REQUIRE(plain.has_value());
    BOOST_TEST(plain->place() == "proxy.example.com:3128");
    BOOST_TEST(plain->credentials.empty());
    BOOST_TEST(parse_proxy("http://[::1]:3128/")->place() == "[::1]:3128");
}

BOOST_AUTO_TEST_CASE(is_refused_with_what_would_be_right) {
    for (const char* wrong :
         {"proxy.example.com:3128",
          "https://proxy.example.com:3128",
          "http://proxy.example.com",
          "http://proxy.example.com:0",
          "http://user@proxy.example.com:3128",
          "http://a%zz:b@proxy.example.com:3128"}) {
        const auto read = parse_proxy(wrong);
        BOOST_TEST(read.has_error(), wrong);
    }
}

BOOST_AUTO_TEST_SUITE_END()
