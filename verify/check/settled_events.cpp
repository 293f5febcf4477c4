#include "verify/check/settled_events.hpp"

#include "common/job/event_message.hpp"
#include "common/log/log.hpp"

#include <memory>

namespace otp {

namespace {

constexpr std::chrono::seconds publish_limit{5};
constexpr std::size_t most_under_way = 1024;  // while the broker is away

}  // namespace

void settled_events::tell(const outcome_event& event) {
    if (tasks_.size() >= most_under_way) {
        log::warning("event_dropped").with("exchange", "otp.events");
        return;
    }
    auto message = std::make_shared<amqp::outgoing_message>(event_message(event, std::nullopt));
    tasks_.spawn([this, message]() -> boost::asio::awaitable<void> {
        const auto at = std::chrono::steady_clock::now() + publish_limit;
        const auto result = co_await broker_.publish(std::move(*message), at);
        if (result != amqp::publish_result::confirmed)
            log::warning("event_not_published").with("exchange", "otp.events");
    });
}

}  // namespace otp
