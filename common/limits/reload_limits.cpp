#include "common/limits/reload_limits.hpp"

#include "common/log/log.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>

namespace otp {

namespace asio = boost::asio;

void reload(live_limits& limits) {
    const auto faults = limits.load();
    for (const auto& fault : faults)
        log::error("limits_not_reloaded").with("fault", fault);
    if (faults.empty())
        log::info("limits_reloaded").with("file", limits.path());
}

asio::awaitable<void> reload_limits_on_hangup(live_limits& limits) {
    asio::signal_set signals(co_await asio::this_coro::executor, SIGHUP);
    for (;;) {
        co_await signals.async_wait(asio::use_awaitable);
        reload(limits);
    }
}

}  // namespace otp
