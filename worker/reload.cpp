#include "worker/reload.hpp"

#include "common/log/log.hpp"
#include "worker/read_templates.hpp"
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

void reload(const reloaded_parts& parts) {
    parts.settings.reload([&parts](settings& from) {
        const auto read = std::make_shared<worker_settings>(read_worker_settings(from));
        const auto texts = std::make_shared<template_set>(read_templates(from, read->templates));
        return [&parts, read, texts](const live_settings::names& changed) {
            const auto changes = parts.lines.replace(  // first: it may throw
                make_providers(read->providers),
                read->preferred,
                {read->ca_file, read->proxy},
                [&read](const lane& one) { return read->limits_of(one); },
                changed
            );
            parts.paused.hold_lanes();
            parts.limits = std::move(read->send_limits);
            parts.templates.replace(std::move(*texts));
            log::info("limits_reloaded").with("file", parts.limits.file);
            log::info("templates_reloaded").with("folder", read->templates);
            tell(changes);
        };
    });
}

}  // namespace

bool is_reloaded(std::string_view setting) {
    return is_of_lines(setting) || is_of_limits(setting) || setting == "OTP_TEMPLATES";
}

asio::awaitable<void> reload_on_hangup(reloaded_parts parts) {
    asio::signal_set signals(co_await asio::this_coro::executor, SIGHUP);
    for (;;) {
        co_await signals.async_wait(asio::use_awaitable);
        reload(parts);
    }
}

}  // namespace otp
