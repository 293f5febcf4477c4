#include "worker/event_sweep.hpp"

#include "common/core/kill_point.hpp"
#include "common/log/log.hpp"
#include "common/store/tell_events.hpp"

#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds ask_limit{8};

}  // namespace

asio::awaitable<void> sweep_untold_events(
    receipt_store& store,
    amqp::publisher& publisher,
    sweep_pace pace
) {
    sweep_step sweep_page = [&]() -> asio::awaitable<bool> {
        const auto ask_by = std::chrono::steady_clock::now() + ask_limit;
        auto untold = co_await store.untold(pace.page, ask_by);
        if (!untold)
            log::warning("event_sweep_failed").with("error", untold.error().text());
        if (!untold || untold->empty())
            co_return false;
        kill_point("events_claimed");
        const bool full = untold->size() == static_cast<std::size_t>(pace.page);
        const bool told = co_await tell_events(store, publisher, std::move(*untold));
        const bool more = full && told;
        co_return more;
    };
    co_await page_by_page(pace.interval, std::move(sweep_page));
}

}  // namespace otp
