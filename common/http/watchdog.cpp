#include "common/http/watchdog.hpp"

#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace otp::http {

namespace asio = boost::asio;

struct watchdog::state {
    state(asio::any_io_executor executor, std::function<void()> on_expiry)
        : timer(std::move(executor)),
          action(std::move(on_expiry)) {}

    asio::steady_timer timer;
    std::function<void()> action;
    deadline due = deadline::max();
    deadline armed = deadline::max();
    bool expired = false;
};

watchdog::watchdog(asio::any_io_executor executor, std::function<void()> expired)
    : state_(std::make_shared<state>(std::move(executor), std::move(expired))) {}

watchdog::~watchdog() {
    state_->action = nullptr;
    state_->timer.cancel();
}

void watchdog::due(deadline at) {
    state_->due = at;
    state_->expired = false;
    if (at < state_->armed)
        arm(state_);
}

void watchdog::off() {
    state_->due = deadline::max();
}

bool watchdog::expired() const noexcept {
    return state_->expired;
}

void watchdog::arm(const std::shared_ptr<state>& watched) {
    watched->armed = watched->due;
    watched->timer.expires_at(watched->due);
    watched->timer.async_wait([watched](const boost::system::error_code& error) {
        if (error || !watched->action)
            return;
        watched->armed = deadline::max();
        if (watched->due > std::chrono::steady_clock::now()) {
            if (watched->due != deadline::max())
                arm(watched);
            return;
        }
        watched->expired = true;
        const auto action = watched->action;  // a copy: it may destroy the watchdog
        action();
    });
}

}  // namespace otp::http
