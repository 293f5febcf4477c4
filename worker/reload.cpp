#include "worker/reload.hpp"

#include "common/limits/reload_limits.hpp"
#include "common/log/log.hpp"
#include "worker/settings.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <memory>

namespace otp {

namespace asio = boost::asio;

namespace {

void tell(const line_changes& changes) {
    if (changes.replaced.empty() && changes.added.empty() && changes.removed.empty())
        return;
    log::info("providers_replaced")
        .with("replaced", to_string(changes.replaced))
        .with("added", to_string(changes.added))
        .with("removed", to_string(changes.removed))
        .with("kept", to_string(changes.kept));
}

}  // namespace

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

void reload(live_settings& settings, provider_lines& lines, pauses& paused) {
    settings.reload([&](otp::settings& from) {
        const auto read = std::make_shared<worker_settings>(read_worker_settings(from));
        return [&lines, &paused, read](const live_settings::names& changed) {
            const auto changes = lines.replace(
                make_providers(read->providers),
                read->preferred,
                {read->ca_file, read->proxy},
                [&read](const lane& one) { return read->limits_of(one); },
                changed
            );
            paused.hold_lanes();
            tell(changes);
        };
    });
}

asio::awaitable<void> reload_on_hangup(reloaded_parts parts) {
    asio::signal_set signals(co_await asio::this_coro::executor, SIGHUP);
    for (;;) {
        co_await signals.async_wait(asio::use_awaitable);
        reload(parts.limits);
        reload(parts.templates);
        reload(parts.settings, parts.lines, parts.paused);
    }
}

}  // namespace otp
