#include "common/async/deadline.hpp"
#include "common/async/run.hpp"
#include "common/async/task_group.hpp"
#include "common/service/service_manager.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

namespace asio = boost::asio;
using namespace otp;
using namespace std::chrono_literals;

namespace {

// Plays the service manager: the socket it gives its services, and what they said on it.
class manager {
public:
    manager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        // Abstract: it leaves no file behind.
        const std::string name = "@otp-manager-" + std::to_string(::getpid());
        name.copy(address.sun_path, name.size());
        address.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0)
            throw std::runtime_error("no socket to be notified at");
        ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    }
    ~manager() {
        ::close(socket_);
        for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
            ::unsetenv(name);
    }

    void set_watchdog(std::chrono::microseconds limit) {
        ::setenv("WATCHDOG_USEC", std::to_string(limit.count()).c_str(), 1);
        ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    }

    // Empty: nothing was said.
    std::string next() {
        char text[256];
        const auto size = ::recv(socket_, text, sizeof text, 0);
        return size < 0 ? "" : std::string(text, static_cast<std::size_t>(size));
    }

private:
    int socket_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_service_manager)

BOOST_AUTO_TEST_CASE(is_told_of_readiness_once_it_is_there_and_not_before) {
    manager started_us;
    run_to_end([&]() -> asio::awaitable<void> {
        int asked = 0;
        const readiness_check third_time = [&]() -> asio::awaitable<bool> {
            BOOST_TEST(started_us.next() == "");
            co_return ++asked == 3;
        };
        auto telling = announce_readiness(third_time);
        co_await std::move(telling);
        BOOST_TEST(asked == 3);
        BOOST_TEST(started_us.next() == "READY=1");
    });
}

BOOST_AUTO_TEST_CASE(hears_from_a_loop_that_turns_at_least_twice_in_its_time) {
    manager started_us;
    started_us.set_watchdog(400ms);
    run_to_end([&]() -> asio::awaitable<void> {
        const auto begun = std::chrono::steady_clock::now();
        task_group feeding(co_await asio::this_coro::executor);
        feeding.spawn([] { return feed_watchdog(); });
        int heard = 0;
        while (heard < 3 && std::chrono::steady_clock::now() - begun < 30s) {
            co_await sleep_for(5ms);
            if (started_us.next() == "WATCHDOG=1")
                ++heard;
        }
        const auto took = std::chrono::steady_clock::now() - begun;
        feeding.cancel();
        co_await feeding.join();
        BOOST_TEST(heard == 3);
        BOOST_TEST((took >= 399ms));
    });
}

BOOST_AUTO_TEST_CASE(hears_nothing_from_a_loop_that_hangs) {
    manager started_us;
    started_us.set_watchdog(100ms);
    run_to_end([&]() -> asio::awaitable<void> {
        task_group feeding(co_await asio::this_coro::executor);
        feeding.spawn([] { return feed_watchdog(); });
        co_await sleep_for(1ms);
        while (!started_us.next().empty()) {
        }
        ::usleep(300'000);
        BOOST_TEST(started_us.next() == "");
        feeding.cancel();
        co_await feeding.join();
    });
}

BOOST_AUTO_TEST_CASE(without_a_watchdog_is_not_bothered) {
    manager started_us;
    run_to_end([]() -> asio::awaitable<void> { co_await feed_watchdog(); });
    BOOST_TEST(started_us.next() == "");
}

BOOST_AUTO_TEST_CASE(that_there_is_none_keeps_nobody_waiting) {
    bool asked = false;
    run_to_end([&]() -> asio::awaitable<void> {
        const readiness_check never = [&]() -> asio::awaitable<bool> {
            asked = true;
            co_return false;
        };
        auto telling = announce_readiness(never);
        co_await std::move(telling);
        co_await feed_watchdog();
        announce_stop();
    });
    BOOST_TEST(!asked);
}

BOOST_AUTO_TEST_CASE(is_told_of_the_drain) {
    manager started_us;
    announce_stop();
    BOOST_TEST(started_us.next() == "STOPPING=1");
}

BOOST_AUTO_TEST_SUITE_END()
