#include "common/async/task_group.hpp"
#include "tests/integration/postgres_fixture.hpp"
#include "tests/support/http_certificates.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::postgres;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

constexpr statement one{"one", "select 1"};
constexpr statement nap{"nap", "select pg_sleep(60)"};
constexpr statement kill_backend{"kill", "select pg_terminate_backend($1)"};
constexpr statement cancel_backend{"cancel", "select pg_cancel_backend($1)"};
constexpr statement count_naps{
    "count_naps",
    "select count(*) from pg_stat_activity where pid = $1 and state = 'active'"};

asio::awaitable<int> pid_of(connection& server) {
    constexpr statement backend{"backend", "select pg_backend_pid()"};
    const params none;
    co_return got(co_await server.execute(backend, none, soon())).get<std::int32_t>(0, 0);
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

// Waits until `pid` is running a statement (or is not).
asio::awaitable<void> wait_until_active(connection& observer, int pid, bool active) {
    const params of(pid);
    const auto limit = soon();
    for (;;) {
        const auto seen = got(co_await observer.execute(count_naps, of, soon()));
        if ((seen.get<std::int64_t>(0, 0) == 1) == active)
            co_return;
        if (std::chrono::steady_clock::now() > limit)
            throw std::runtime_error("the backend's state did not change");
        co_await sleep_for(10ms);
    }
}

asio::awaitable<error> fails_to_connect(std::string url) {
    const secret conninfo(url);
    const connect_options options;
    const auto made = co_await connect(conninfo, options, soon());
    if (made)
        throw std::runtime_error("connected");
    co_return made.error();
}

// DATABASE_URL taken apart: scheme and user, host and port, database; options are the test's own.
struct url_parts {
    explicit url_parts(const std::string& url) {
        const auto at = url.rfind('@') + 1;
        const auto slash = url.find('/', at);
        const auto colon = url.find(':', at);
        before = url.substr(0, at);
        port = url.substr(colon + 1, slash - colon - 1);
        database = url.substr(slash, url.find('?') - slash);
    }
    std::string make(const std::string& hosts, const std::string& options) const {
        return before + hosts + database + options;
    }
    std::string before;
    std::string port;
    std::string database;
};

std::uint16_t closed_port(asio::io_context& context) {
    asio::ip::tcp::acceptor taken(context, {asio::ip::address_v4::loopback(), 0});
    return taken.local_endpoint().port();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_lost_connection, needs_postgres)

BOOST_AUTO_TEST_CASE(is_known_before_anything_is_sent) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        auto killer = co_await connect();
        BOOST_TEST(server.alive());
        const int pid = co_await pid_of(server);
        const params victim(pid);
        got(co_await killer.execute(kill_backend, victim, soon()));
        const auto limit = soon();
        while (server.alive() && std::chrono::steady_clock::now() < limit)
            co_await sleep_for(5ms);
        BOOST_TEST(!server.alive());
        const params none;
        const auto answer = co_await server.execute(one, none, soon());
        BOOST_REQUIRE(!answer.has_value());
        BOOST_TEST((answer.error().what() == error::kind::connection));
        BOOST_TEST(!answer.error().outcome_is_unknown());
        BOOST_TEST(has(answer.error().text(), server.host()));
    });
}

BOOST_AUTO_TEST_CASE(in_the_middle_of_a_statement_is_an_error_of_unknown_outcome) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        auto killer = co_await connect();
        const int pid = co_await pid_of(server);
        task_group tasks(co_await asio::this_coro::executor);
        tasks.spawn([&killer, pid]() -> asio::awaitable<void> {
            co_await wait_until_active(killer, pid, true);
            const params victim(pid);
            got(co_await killer.execute(kill_backend, victim, soon()));
        });
        const params none;
        const auto answer = co_await server.execute(nap, none, soon());
        co_await tasks.join();
        BOOST_REQUIRE(!answer.has_value());
        BOOST_TEST((answer.error().what() == error::kind::connection));
        BOOST_TEST(answer.error().outcome_is_unknown());
        BOOST_TEST(answer.error().sqlstate() == "57P01");
        BOOST_TEST(has(answer.error().text(), server.host()));
        BOOST_TEST(!server.alive());
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_statement_that_takes_too_long, needs_postgres)

BOOST_AUTO_TEST_CASE(ends_at_the_deadline_and_is_stopped_on_the_server) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        auto observer = co_await connect();
        const int pid = co_await pid_of(server);
        const params none;
        const auto answer = co_await server.execute(nap, none, in(50ms));
        BOOST_REQUIRE(!answer.has_value());
        BOOST_TEST((answer.error().what() == error::kind::timeout));
        BOOST_TEST(answer.error().outcome_is_unknown());
        BOOST_TEST(!server.alive());
        co_await wait_until_active(observer, pid, false);
    });
}

BOOST_AUTO_TEST_CASE(is_not_sent_where_the_deadline_has_passed) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        const params none;
        const auto answer = co_await server.execute(one, none, in(-1ms));
        BOOST_REQUIRE(!answer.has_value());
        BOOST_TEST((answer.error().what() == error::kind::timeout));
        BOOST_TEST(!answer.error().outcome_is_unknown());
        BOOST_TEST(server.alive());
        got(co_await server.execute(one, none, soon()));
    });
}

BOOST_AUTO_TEST_CASE(is_stopped_on_the_server_where_its_caller_is_cancelled) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        auto observer = co_await connect();
        const int pid = co_await pid_of(server);
        bool returned = false;
        task_group tasks(co_await asio::this_coro::executor);
        tasks.spawn([&]() -> asio::awaitable<void> {
            const params none;
            co_await server.execute(nap, none, soon());
            returned = true;
        });
        co_await wait_until_active(observer, pid, true);
        tasks.cancel();
        co_await tasks.join();
        BOOST_TEST(!returned);
        BOOST_TEST(!server.alive());
        co_await wait_until_active(observer, pid, false);
    });
}

BOOST_AUTO_TEST_CASE(may_be_cancelled_from_outside_and_leaves_the_connection_usable) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        auto observer = co_await connect();
        const int pid = co_await pid_of(server);
        task_group tasks(co_await asio::this_coro::executor);
        tasks.spawn([&]() -> asio::awaitable<void> {
            co_await wait_until_active(observer, pid, true);
            const params victim(pid);
            got(co_await observer.execute(cancel_backend, victim, soon()));
        });
        const params none;
        const auto answer = co_await server.execute(nap, none, soon());
        co_await tasks.join();
        BOOST_REQUIRE(!answer.has_value());
        BOOST_TEST(answer.error().sqlstate() == "57014");
        got(co_await server.execute(one, none, soon()));
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(connecting, needs_postgres)

BOOST_AUTO_TEST_CASE(goes_on_to_the_next_host_where_the_first_is_dead) {
    run_to_end([this]() -> asio::awaitable<void> {
        asio::io_context ports;
        const url_parts parts(url);
        const auto dead = "localhost:" + std::to_string(closed_port(ports));
        const auto live = "localhost:" + parts.port;
        auto server =
            co_await connect(parts.make(dead + "," + live, "?target_session_attrs=read-write"));
        const params none;
        got(co_await server.execute(one, none, soon()));
        BOOST_TEST(server.host() == live);
    });
}

BOOST_AUTO_TEST_CASE(goes_on_to_the_next_host_where_the_first_never_answers) {
    run_to_end([this]() -> asio::awaitable<void> {
        // Listens, and lets connections lie in its queue.
        asio::ip::tcp::acceptor silent(
            co_await asio::this_coro::executor,
            {asio::ip::address_v4::loopback(), 0}
        );
        const url_parts parts(url);
        const auto mute = "127.0.0.1:" + std::to_string(silent.local_endpoint().port());
        const secret conninfo(parts.make(mute + ",localhost:" + parts.port, ""));
        connect_options options;
        options.timeout = 1s;
        auto server = got(co_await postgres::connect(conninfo, options, soon()));
        BOOST_TEST(server.host() == "localhost:" + parts.port);
    });
}

BOOST_AUTO_TEST_CASE(wants_the_session_attributes_that_were_asked_for) {
    run_to_end([this]() -> asio::awaitable<void> {
        const url_parts parts(url);
        const auto host = "localhost:" + parts.port;
        const auto refused =
            co_await fails_to_connect(parts.make(host, "?target_session_attrs=standby"));
        BOOST_TEST(has(refused.text(), "not in hot standby mode"));
        auto server = co_await connect(parts.make(host, "?target_session_attrs=prefer-standby"));
        BOOST_TEST(server.alive());
    });
}

BOOST_AUTO_TEST_CASE(tells_what_each_host_said_and_never_the_password) {
    run_to_end([this]() -> asio::awaitable<void> {
        asio::io_context ports;
        const url_parts parts(url);
        const auto dead = "127.0.0.1:" + std::to_string(closed_port(ports));
        auto wrong =
            "postgresql://otp:wrong-password@" + dead + ",localhost:" + parts.port + "/postgres";
        const auto refused = co_await fails_to_connect(wrong);
        BOOST_TEST((refused.what() == error::kind::connection));
        BOOST_TEST(has(refused.text(), dead));
        BOOST_TEST(has(refused.text(), "Connection refused"));
        BOOST_TEST(has(refused.text(), "password authentication failed"));
        BOOST_TEST(!has(refused.text(), "wrong-password"));
    });
}

BOOST_AUTO_TEST_CASE(tells_that_a_name_is_unknown) {
    run_to_end([]() -> asio::awaitable<void> {
        const auto refused = co_await fails_to_connect("postgresql://u@no-such-host.invalid/x");
        BOOST_TEST(has(refused.text(), "no-such-host.invalid"));
        BOOST_TEST(has(refused.text(), "its name cannot be resolved"));
    });
}

BOOST_AUTO_TEST_CASE(tells_that_the_string_is_wrong) {
    run_to_end([]() -> asio::awaitable<void> {
        const auto refused = co_await fails_to_connect("postgres//u:hidden@h/x");
        BOOST_TEST(has(refused.text(), "not a libpq connection string"));
        BOOST_TEST(!has(refused.text(), "hidden"));
    });
}

BOOST_AUTO_TEST_CASE(over_tls_tells_an_unknown_authority_from_a_wrong_host) {
    run_to_end([this]() -> asio::awaitable<void> {
        const url_parts parts(url);
        const auto ca = required_environment("CA_FILE");
        const std::string verify = "?sslmode=verify-full&sslrootcert=";
        auto server = co_await connect(parts.make("localhost:" + parts.port, verify + ca));
        BOOST_TEST(server.alive());

        // A name that is not in the certificate, with the address of the server.
        const auto name = "elsewhere:" + parts.port;
        const auto wrong_host =
            co_await fails_to_connect(parts.make(name, verify + ca + "&hostaddr=127.0.0.1"));
        BOOST_TEST(has(wrong_host.text(), "does not match host name \"elsewhere\""));

        const test::certificates of_somebody_else;
        const auto unknown_ca = co_await fails_to_connect(
            parts.make("localhost:" + parts.port, verify + of_somebody_else.ca())
        );
        BOOST_TEST(has(unknown_ca.text(), "certificate verify failed"));
        BOOST_TEST(has(unknown_ca.text(), "sslrootcert"));
    });
}

BOOST_AUTO_TEST_SUITE_END()
