#include "verify/webhooks/account_refusals.hpp"

#include "common/log/log.hpp"

#include <utility>

namespace otp {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds ask_limit{5};
// As long as the breaker that was opened rests.
constexpr std::chrono::seconds pause_once_open{60};
// A suspended account has a failed receipt for each text that it had taken.
constexpr std::chrono::seconds pause_between_tries{1};

}  // namespace

void account_refusals::tell(receipt_record receipt) {
    auto& not_before = not_before_[receipt.provider + "/" + receipt.channel];
    if (steady_clock::now() < not_before)
        return;
    not_before = steady_clock::time_point::max();
    tasks_.spawn([this, receipt = std::move(receipt)] { return open_breaker(receipt); });
}

boost::asio::awaitable<void> account_refusals::open_breaker(receipt_record receipt) {
    const auto opened = co_await store_.open_breaker(receipt, steady_clock::now() + ask_limit);
    const bool is_open_by_us = opened && *opened;
    not_before_[receipt.provider + "/" + receipt.channel] =
        steady_clock::now() + (is_open_by_us ? pause_once_open : pause_between_tries);
    if (!opened)
        log::warning("database_unavailable")
            .with("during", "open_breaker")
            .with("error", opened.error().text());
    else if (*opened)
        log::error("account_refused")
            .with("provider", receipt.provider)
            .with("channel", receipt.channel)
            .with("error_code", receipt.error_code);
}

}  // namespace otp
