// Connecting, losing and declaring against a real broker.
#include "tests/integration/amqp_rig.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>

using namespace otp;
using namespace otp::test;

namespace {

// Resolves to the loopback address, and is in no certificate.
constexpr const char* name_not_in_the_certificate = "127.1";

amqp::connection_options tls_options(const std::string& host, const std::string& ca_file) {
    amqp::connection_options made;
    made.brokers.push_back(broker_at(need("AMQPS_URL")));
    made.brokers.back().host = host;
    made.ca_file = ca_file;
    made.first_pause = 10ms;
    return made;
}

// What a connection says the first time it is up or down: "up", or why not.
std::string first_word(amqp::connection_options options) {
    std::string word;
    run_to_end([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        amqp::connection c(executor, std::move(options));
        c.on_state = [&](amqp::connection::event_kind kind, const std::string& text) {
            if (word.empty())
                word = kind == amqp::connection::event_kind::up ? "up" : text;
        };
        task_group tasks(executor);
        tasks.spawn([&] { return c.run(); });
        const auto answered = [&] { return !word.empty(); };
        co_await eventually("up or refused", answered);
        c.stop();
        co_await tasks.join();
    });
    return word;
}

// The names of all connections of a virtual host, as the management interface has them.
std::vector<std::string> connections_of(const fresh_vhost& vhost) {
    const std::string list =
        vhost.http().request("GET", "/vhosts/" + vhost.name() + "/connections");
    std::vector<std::string> names;
    const std::string key = "\"name\":\"";
    for (std::size_t at = list.find(key); at != std::string::npos; at = list.find(key, at + 1)) {
        const std::size_t begin = at + key.size();
        const std::string name = list.substr(begin, list.find('"', begin) - begin);
        if (name.find(" -> ") != std::string::npos)
            names.push_back(name);
    }
    return names;
}

void close_by_force(const fresh_vhost& vhost, std::string name) {
    for (std::size_t at; (at = name.find_first_of(" >")) != std::string::npos;)
        name.replace(at, 1, name[at] == ' ' ? "%20" : "%3E");
    vhost.http().request("DELETE", "/connections/" + name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_connection)

BOOST_AUTO_TEST_CASE(comes_up_over_tls_by_name_and_by_address) {
    BOOST_TEST(first_word(tls_options("localhost", need("CA_FILE"))) == "up");
    BOOST_TEST(first_word(tls_options("127.0.0.1", need("CA_FILE"))) == "up");
}

BOOST_AUTO_TEST_CASE(refuses_a_certificate_for_another_name_and_says_so) {
    BOOST_TEST(
        first_word(tls_options(name_not_in_the_certificate, need("CA_FILE"))) ==
        "TLS: handshake with '127.1': host name does not match: the certificate is not for '127.1'"
    );
}

BOOST_AUTO_TEST_CASE(refuses_a_certificate_of_an_authority_it_does_not_know_and_says_so) {
    const std::string word = first_word(tls_options("localhost", ""));
    BOOST_TEST(word.starts_with("TLS: handshake with 'localhost': unknown CA: "));
}

BOOST_AUTO_TEST_CASE(says_so_where_tls_meets_a_port_without_it) {
    amqp::connection_options options = tls_options("localhost", need("CA_FILE"));
    options.brokers.back().port = broker_at(need("AMQP_URL")).port;
    BOOST_TEST(first_word(std::move(options)).starts_with("TLS: handshake with 'localhost': "));
}

BOOST_AUTO_TEST_CASE(cannot_be_made_with_a_ca_file_that_is_none) {
    asio::io_context context(1);
    BOOST_CHECK_THROW(
        amqp::connection(context.get_executor(), tls_options("localhost", "/no/such/file")),
        std::invalid_argument
    );
}

BOOST_AUTO_TEST_CASE(hands_on_why_the_broker_refuses_the_log_in_or_the_virtual_host) {
    const fresh_vhost vhost;
    amqp::connection_options wrong = vhost.options();
    wrong.brokers.back().password = secret("not the password");
    BOOST_TEST(first_word(std::move(wrong)).starts_with("403 ACCESS_REFUSED - "));
    amqp::connection_options nowhere = vhost.options();
    nowhere.brokers.back().vhost = "nope";
    BOOST_TEST(first_word(std::move(nowhere)).starts_with("530 NOT_ALLOWED - vhost nope not found")
    );
}

BOOST_AUTO_TEST_CASE(takes_the_next_broker_where_one_does_not_answer) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        // Bound and not listening: refused.
        asio::ip::tcp::socket dead(executor, {asio::ip::make_address("127.0.0.1"), 0});
        amqp::connection_options options = vhost.options();
        amqp::broker first = options.brokers.front().clone();
        first.port = std::to_string(dead.local_endpoint().port());
        options.brokers.insert(options.brokers.begin(), std::move(first));
        amqp::connection c(executor, std::move(options));
        std::vector<std::string> words;
        c.on_state = [&](amqp::connection::event_kind, const std::string& text) {
            words.push_back(text);
        };
        task_group tasks(executor);
        tasks.spawn([&] { return c.run(); });
        const bool up = co_await c.wait_up(soon());
        BOOST_TEST(up);
        BOOST_REQUIRE(words.size() == 2U);
        BOOST_TEST(words[0].ends_with("Connection refused"));
        c.stop();
        co_await tasks.join();
    });
}

BOOST_AUTO_TEST_CASE(lives_on_while_idle_with_a_short_heartbeat) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        amqp::connection_options options = vhost.options();
        options.heartbeat = 1s;
        amqp::connection c(executor, std::move(options));
        int changes = 0;
        c.on_state = [&](amqp::connection::event_kind, const std::string&) { ++changes; };
        task_group tasks(executor);
        tasks.spawn([&] { return c.run(); });
        const bool up = co_await c.wait_up(soon());
        BOOST_TEST(up);
        co_await sleep_for(5s);  // the broker gives up after two to three silent seconds
        BOOST_TEST(changes == 1);
        c.stop();
        co_await tasks.join();
    });
}

BOOST_AUTO_TEST_CASE(that_is_closed_by_force_comes_back_with_its_subscription) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        client c(co_await asio::this_coro::executor, vhost, consuming("q"));
        std::vector<std::string> downs;
        const auto note = [&](amqp::connection::event_kind kind, const std::string& text) {
            if (kind == amqp::connection::event_kind::down)
                downs.push_back(text);
        };
        c.in.on_state = note;
        c.out.on_state = note;
        co_await c.start();
        std::vector<std::string> names;
        const auto listed = [&] {
            names = connections_of(vhost);
            return names.size() == 2;
        };
        co_await eventually("both connections listed", listed);
        for (const std::string& name : names)
            close_by_force(vhost, name);
        const auto both_lost = [&] { return downs.size() == 2; };
        co_await eventually("both lost", both_lost);
        for (const std::string& why : downs)
            BOOST_TEST(why.starts_with("320 CONNECTION_FORCED - "));
        const auto both_back = [&] { return c.consumer.active() && c.publisher.ready(); };
        co_await eventually("both back", both_back);
        const auto result = co_await c.publisher.publish(to_queue("q", "after"), soon());
        BOOST_TEST((result == amqp::publish_result::confirmed));
        const auto got = co_await c.receive(1);
        BOOST_TEST(got[0].body == "after");
        co_await c.stop();
    });
}

BOOST_AUTO_TEST_CASE(frees_all_that_waits_for_it_with_the_io_context) {
    const fresh_vhost vhost;
    auto context = std::make_unique<asio::io_context>(1);
    auto c = std::make_unique<client>(context->get_executor(), vhost, consuming("q"));
    bool busy = false;
    auto waiting = std::make_unique<task_group>(context->get_executor());
    waiting->spawn([&]() -> asio::awaitable<void> {
        co_await c->start();
        waiting->spawn([&]() -> asio::awaitable<void> { co_await c->consumer.receive(1); });
        waiting->spawn([&]() -> asio::awaitable<void> {
            co_await c->publisher.publish(numbered("no-such-queue", 1000), soon());
        });
        waiting->spawn([&]() -> asio::awaitable<void> {
            co_await amqp::declare(c->out, queue_only("another"), soon());
        });
        co_await sleep_for(0ms);
        busy = true;
    });
    while (!busy)
        context->run_one();
    waiting.reset();
    c.reset();  // the leak checker of the asan preset sees what is left
    context.reset();
}

BOOST_AUTO_TEST_CASE(ends_when_it_is_cancelled) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        client c(co_await asio::this_coro::executor, vhost, consuming("q"));
        co_await c.start();
        c.tasks.cancel();
        co_await c.tasks.join();
        BOOST_TEST(!c.in.up());
        BOOST_TEST(!c.consumer.active());
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_topology)

BOOST_AUTO_TEST_CASE(of_the_product_is_declared_and_may_be_declared_again) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        client c(co_await asio::this_coro::executor, vhost, consuming("q"));
        co_await c.start();
        for (int i = 0; i < 2; ++i) {
            const auto made =
                co_await amqp::declare(c.in, amqp::product_topology("otp.send"), soon());
            BOOST_TEST_REQUIRE(made.has_value());
        }
        for (const std::string key : {"send", "otp.send"}) {
            amqp::outgoing_message job = to_queue(key, "job");
            job.exchange = "otp";
            const auto result = co_await c.publisher.publish(std::move(job), soon());
            BOOST_TEST((result == amqp::publish_result::confirmed));
        }
        co_await c.stop();
    });
}

BOOST_AUTO_TEST_CASE(brings_a_retry_back_to_its_queue_after_the_delay) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        amqp::consumer_options options;
        options.queue = "otp.send.acme";
        options.declared_first = amqp::product_topology(options.queue);
        client c(co_await asio::this_coro::executor, vhost, std::move(options));
        co_await c.start();
        amqp::outgoing_message retry = to_queue("otp.send.acme", "again");
        retry.exchange = amqp::retry_name(250);
        const auto begun = std::chrono::steady_clock::now();
        const auto result = co_await c.publisher.publish(std::move(retry), soon());
        BOOST_TEST((result == amqp::publish_result::confirmed));
        const auto got = co_await c.receive(1);
        BOOST_TEST((std::chrono::steady_clock::now() - begun >= 240ms));
        BOOST_TEST(got[0].body == "again");
        const auto deaths = amqp::find_deaths(got[0].properties.raw_headers);
        BOOST_REQUIRE(deaths.size() == 1U);
        BOOST_TEST(deaths[0].queue == "otp.retry.250");
        BOOST_TEST(deaths[0].reason == "expired");
        BOOST_TEST(deaths[0].count == 1);
        co_await c.stop();
    });
}

BOOST_AUTO_TEST_CASE(tells_how_many_messages_wait_on_a_queue_and_of_none_that_it_is_not_there) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        client c(co_await asio::this_coro::executor, vhost, consuming("q"));
        co_await c.start();
        const auto made = co_await amqp::declare(c.in, queue_only("other"), soon());
        BOOST_TEST_REQUIRE(made.has_value());
        for (int i = 0; i < 3; ++i)
            co_await c.publisher.publish(to_queue("other", "job"), soon());
        const auto limit = soon();
        auto waiting = co_await amqp::count_queue(c.in, "other", limit);
        // A quorum queue counts a little after it confirms.
        while (waiting && waiting->messages != 3 && std::chrono::steady_clock::now() < limit)
            waiting = co_await amqp::count_queue(c.in, "other", limit);
        BOOST_TEST_REQUIRE(waiting.has_value());
        BOOST_TEST(waiting->messages == 3U);
        BOOST_TEST(waiting->consumers == 0U);
        const auto consumed = co_await amqp::count_queue(c.in, "q", soon());
        BOOST_TEST_REQUIRE(consumed.has_value());
        BOOST_TEST(consumed->consumers == 1U);
        const auto none = co_await amqp::count_queue(c.in, "nowhere", soon());
        BOOST_TEST_REQUIRE(none.has_error());
        BOOST_TEST(none.error().code.value() == 404);
        BOOST_TEST(c.consumer.active());
        co_await c.stop();
    });
}

BOOST_AUTO_TEST_CASE(that_differs_from_what_is_there_is_refused_with_the_name_of_the_argument) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        client c(co_await asio::this_coro::executor, vhost, consuming("q"));
        co_await c.start();
        amqp::table odd{{"x-queue-type", std::string("quorum")}, {"x-max-length", std::int64_t{7}}};
        const auto refused = co_await amqp::declare(c.in, queue_only("q", std::move(odd)), soon());
        BOOST_REQUIRE(refused.has_error());
        BOOST_TEST(refused.error().code.value() == 406);
        BOOST_TEST(refused.error().what().starts_with(
            "406 PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q'"
        ));
        BOOST_TEST(c.consumer.active());
        co_await c.stop();
    });
}

BOOST_AUTO_TEST_CASE(that_is_refused_keeps_its_consumer_inactive_with_the_reason) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        client c(executor, vhost, consuming("q"));
        co_await c.start();
        amqp::consumer_options odd = consuming("q");
        odd.declared_first.queues.front().arguments.emplace_back("x-max-length", std::int64_t{7});
        std::string told;
        amqp::consumer deaf(c.in, std::move(odd));
        deaf.on_state = [&](bool, const std::string& reason) { told = reason; };
        c.tasks.spawn([&] { return deaf.run(); });
        const auto refused = [&] { return !told.empty(); };
        co_await eventually("refused", refused);
        BOOST_TEST(!deaf.active());
        BOOST_TEST(told.find("'x-max-length'") != std::string::npos);
        BOOST_TEST(c.consumer.active());
        co_await c.stop();
    });
}

BOOST_AUTO_TEST_CASE(whose_queue_is_deleted_is_declared_anew_by_its_consumer) {
    const fresh_vhost vhost;
    run_to_end([&]() -> asio::awaitable<void> {
        client c(co_await asio::this_coro::executor, vhost, consuming("q"));
        std::vector<std::string> losses;
        c.consumer.on_state = [&](bool active, const std::string& reason) {
            if (!active)
                losses.push_back(reason);
        };
        co_await c.start();
        vhost.http().request("DELETE", "/queues/" + vhost.name() + "/q");
        const auto noticed = [&] { return !losses.empty(); };
        co_await eventually("noticed", noticed);
        BOOST_TEST(losses[0] == "consumer cancelled by the broker: queue 'q' is gone");
        const auto back = [&] { return c.consumer.active(); };
        co_await eventually("back", back);
        const auto result = co_await c.publisher.publish(to_queue("q", "x"), soon());
        BOOST_TEST((result == amqp::publish_result::confirmed));
        const auto got = co_await c.receive(1);
        BOOST_TEST(got[0].body == "x");
        co_await c.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()
