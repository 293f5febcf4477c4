#include "common/async/run.hpp"
#include "common/async/task_group.hpp"
#include "common/net/name_lookup.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <dlfcn.h>
#include <netdb.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::net;
using namespace std::chrono_literals;

namespace {

// A name server that says nothing about names that end with ".silent", until it is let go.
struct silence {
    std::mutex lock;
    std::condition_variable changed;
    bool is_over = false;
    int waiting = 0;
    std::map<std::string, int> asked;

    void wait(const std::string& host) {
        std::unique_lock held(lock);
        ++asked[host];
        ++waiting;
        changed.notify_all();
        changed.wait(held, [this] { return is_over; });
        --waiting;
        changed.notify_all();
    }
    void end() {
        std::unique_lock held(lock);
        is_over = true;
        changed.notify_all();
        changed.wait(held, [this] { return waiting == 0; });
    }
    void await(int so_many) {
        std::unique_lock held(lock);
        changed.wait(held, [&] { return waiting == so_many; });
    }
    void begin() {
        const std::lock_guard held(lock);
        is_over = false;
        asked.clear();
    }
} server;

}  // namespace

// The program's own comes before libc's.
extern "C" int getaddrinfo(
    const char* host,
    const char* service,
    const addrinfo* wanted,
    addrinfo** list
) {
    using function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto of_libc = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    if (!std::string_view(host).ends_with(".silent"))
        return of_libc(host, service, wanted, list);
    server.wait(host);
    return EAI_NONAME;
}

namespace {

deadline in(std::chrono::milliseconds span) {
    return std::chrono::steady_clock::now() + span;
}

// Runs one coroutine to its end on an io_context that then goes away, and lets the server go.
void run(const std::function<asio::awaitable<void>()>& work) {
    server.begin();
    std::exception_ptr failure;
    try {
        run_to_end(work);
    } catch (...) {
        failure = std::current_exception();
    }
    server.end();
    if (failure)
        std::rethrow_exception(failure);
}

asio::awaitable<std::optional<name_lookup::result>> look_up(std::string host, deadline at) {
    const name_lookup asked(co_await asio::this_coro::executor, host);
    co_return co_await asked.wait(at);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(looking_up_a_name)

BOOST_AUTO_TEST_CASE(a_numeric_address_is_its_own_answer_at_once) {
    run([]() -> asio::awaitable<void> {
        for (const std::string host : {"192.0.2.7", "2001:db8::7"}) {
            const name_lookup asked(co_await asio::this_coro::executor, host);
            BOOST_TEST_REQUIRE(asked.answer().has_value());
            BOOST_TEST_REQUIRE(asked.answer()->has_value());
            BOOST_TEST_REQUIRE((*asked.answer())->size() == 1U);
            BOOST_TEST((*asked.answer())->front().to_string() == host);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_known_name_has_each_of_its_addresses_once) {
    run([]() -> asio::awaitable<void> {
        const auto found = co_await look_up("localhost", in(20s));
        BOOST_TEST_REQUIRE(found.has_value());
        BOOST_TEST_REQUIRE(found->has_value());
        BOOST_TEST(!(*found)->empty());
        for (const auto& one : **found) {
            BOOST_TEST(one.is_loopback());
            BOOST_TEST(std::count((*found)->begin(), (*found)->end(), one) == 1);
        }
    });
}

BOOST_AUTO_TEST_CASE(an_unknown_name_is_an_error) {
    run([]() -> asio::awaitable<void> {
        const auto found = co_await look_up("no-such-host.invalid", in(40s));
        BOOST_TEST_REQUIRE(found.has_value());
        BOOST_TEST_REQUIRE(found->has_error());
        BOOST_TEST(!found->error().message().empty());
    });
}

BOOST_AUTO_TEST_CASE(nobody_waits_beyond_the_deadline_nor_does_the_end_of_the_loop) {
    run([]() -> asio::awaitable<void> {
        const auto found = co_await look_up("one.silent", in(20ms));
        BOOST_TEST(!found.has_value());
        server.await(1);
    });
}

BOOST_AUTO_TEST_CASE(a_name_without_an_answer_holds_up_no_other) {
    run([]() -> asio::awaitable<void> {
        const name_lookup dead(co_await asio::this_coro::executor, "one.silent");
        server.await(1);
        const auto found = co_await look_up("localhost", in(20s));
        BOOST_TEST_REQUIRE(found.has_value());
        BOOST_TEST(found->has_value());
        BOOST_TEST(!dead.answer().has_value());
    });
}

BOOST_AUTO_TEST_CASE(those_who_ask_for_one_name_share_its_answer_and_its_thread) {
    run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        int answers = 0;
        task_group askers(executor);
        for (int i = 0; i < 20; ++i)
            askers.spawn([&answers]() -> asio::awaitable<void> {
                const auto found = co_await look_up("one.silent", in(20s));
                BOOST_TEST_REQUIRE(found.has_value());
                BOOST_TEST((found->error() == asio::error::host_not_found));
                ++answers;
            });
        co_await sleep_for(1ms);
        server.await(1);
        server.end();
        co_await askers.join();
        BOOST_TEST(answers == 20);
        BOOST_TEST(server.asked["one.silent"] == 1);
    });
}

BOOST_AUTO_TEST_CASE(the_ninth_name_at_once_fails_at_once) {
    run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        std::vector<name_lookup> dead;
        for (int i = 0; i < 8; ++i)
            dead.emplace_back(executor, std::to_string(i) + ".silent");
        server.await(8);
        const name_lookup ninth(executor, "localhost");
        BOOST_TEST_REQUIRE(ninth.answer().has_value());
        BOOST_TEST((ninth.answer()->error() == asio::error::host_not_found_try_again));
        const name_lookup known(executor, "7.silent");
        BOOST_TEST(!known.answer().has_value());
        const name_lookup numeric(executor, "127.0.0.1");
        BOOST_TEST(numeric.answer().has_value());
        server.end();
        for (const auto& one : dead)
            co_await one.wait(in(20s));
        const auto found = co_await look_up("localhost", in(20s));
        BOOST_TEST_REQUIRE(found.has_value());
        BOOST_TEST(found->has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_caller_goes_at_once_and_leaves_the_answer_to_others) {
    run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const name_lookup other(executor, "one.silent");
        bool returned = false;
        task_group asking(executor);
        asking.spawn([&returned]() -> asio::awaitable<void> {
            co_await look_up("one.silent", in(20s));
            returned = true;
        });
        co_await sleep_for(1ms);
        asking.cancel();
        co_await asking.join();
        BOOST_TEST(!returned);
        server.await(1);
        server.end();
        const auto found = co_await other.wait(in(20s));
        BOOST_TEST(found.has_value());
    });
}

BOOST_AUTO_TEST_CASE(who_is_told_to_leave_goes_without_an_answer) {
    run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        name_lookup asked(executor, "one.silent");
        bool went = false;
        task_group asking(executor);
        asking.spawn([&]() -> asio::awaitable<void> {
            const auto found = co_await asked.wait(deadline::max());
            BOOST_TEST(!found.has_value());
            went = true;
        });
        co_await sleep_for(1ms);
        asked.leave();
        co_await asking.join();
        BOOST_TEST(went);
    });
}

BOOST_AUTO_TEST_SUITE_END()
