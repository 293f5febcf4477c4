#include "worker/event_sweep.hpp"

#include "common/core/kill_point.hpp"
#include "common/log/log.hpp"
#include "common/store/tell_events.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds sweep_interval{5};
constexpr std::chrono::seconds ask_limit{8};

}  // namespace

asio::awaitable<void> sweep_untold_events(receipt_store& store, amqp::publisher& publisher) {
    for (;;) {
        co_await sleep_for(sweep_interval);
        auto untold = co_await store.untold(std::chrono::steady_clock::now() + ask_limit);
        if (!untold)
            log::warning("event_sweep_failed").with("error", untold.error().text());
        if (!untold || untold->empty())
            continue;
        kill_point("events_claimed");
        co_await tell_events(store, publisher, std::move(*untold));
    }
}

}  // namespace otp
