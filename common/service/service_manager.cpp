#include "common/service/service_manager.hpp"

#include "common/async/deadline.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds between_questions{100};
constexpr int keep_environment = 0;

bool has_manager() {
    return std::getenv("NOTIFY_SOCKET") != nullptr;
}

}  // namespace

asio::awaitable<void> announce_readiness(readiness_check ready) {
    if (!has_manager())
        co_return;
    bool is_ready = co_await ready();
    while (!is_ready) {
        co_await sleep_for(between_questions);
        is_ready = co_await ready();
    }
    ::sd_notify(keep_environment, "READY=1");
}

asio::awaitable<void> feed_watchdog() {
    std::uint64_t limit = 0;
    if (::sd_watchdog_enabled(keep_environment, &limit) <= 0)
        co_return;
    const auto pause = std::chrono::microseconds(limit / 2);
    for (;;) {
        ::sd_notify(keep_environment, "WATCHDOG=1");
        co_await sleep_for(pause);
    }
}

void announce_stop() {
    ::sd_notify(keep_environment, "STOPPING=1");
}

}  // namespace otp
