#include "common/store/watch_closed.hpp"

#include "common/log/log.hpp"

#include <algorithm>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds longest_interval{10};
constexpr std::chrono::seconds ask_limit{5};

}  // namespace

asio::awaitable<void> watch_closed(limit_store& store, send_policy& policy) {
    for (;;) {
        if (policy.rules().judges_abuse()) {
            auto closed = co_await store.closed(std::chrono::steady_clock::now() + ask_limit);
            if (closed)
                policy.set_closed(std::move(*closed));
            else
                log::warning("abuse_list_not_read").with("error", closed.error().text());
        } else {
            policy.set_closed({});
        }
        co_await sleep_for(std::min(longest_interval, policy.rules().abuse_interval));
    }
}

}  // namespace otp
