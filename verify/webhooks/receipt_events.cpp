#include "verify/webhooks/receipt_events.hpp"

#include "common/store/tell_events.hpp"

#include <utility>

namespace otp {

namespace {

constexpr std::size_t most_waiting = 1024;  // while the broker is away

}  // namespace

void receipt_events::tell(untold_event event) {
    if (waiting_.size() >= most_waiting)
        return;
    waiting_.push_back(std::move(event));
    if (telling_)
        return;
    telling_ = true;
    tasks_.spawn([this] { return tell_waiting(); });
}

boost::asio::awaitable<void> receipt_events::tell_waiting() {
    while (!waiting_.empty()) {
        auto batch = std::exchange(waiting_, {});
        co_await tell_events(store_, broker_, std::move(batch));
    }
    telling_ = false;
}

}  // namespace otp
