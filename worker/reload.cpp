#include "worker/reload.hpp"

#include "common/limits/reload_limits.hpp"
#include "common/log/log.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>

namespace otp {

namespace asio = boost::asio;

void reload(live_templates& templates) {
    const auto faults = templates.load();
    for (const auto& fault : faults)
        log::error("templates_not_reloaded")
            .with("file", fault.file)
            .with("line", fault.line)
            .with("fault", fault.reason);
    if (faults.empty())
        log::info("templates_reloaded").with("folder", templates.folder());
}

asio::awaitable<void> reload_on_hangup(live_limits& limits, live_templates& templates) {
    asio::signal_set signals(co_await asio::this_coro::executor, SIGHUP);
    for (;;) {
        co_await signals.async_wait(asio::use_awaitable);
        reload(limits);
        reload(templates);
    }
}

}  // namespace otp
