#include "common/store/tell_events.hpp"

#include "common/core/kill_point.hpp"
#include "common/job/event_message.hpp"
#include "common/log/log.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

// Within the 10 s after which a sweep takes what is not forgotten.
constexpr std::chrono::seconds publish_limit{5};
constexpr std::chrono::seconds forget_limit{2};

amqp::outgoing_message message_of(const untold_event& from) {
    outcome_event event;
    event.kind = "delivery";
    event.status = from.status;
    event.request_id = from.request_id;
    event.verification_id = from.verification_id;
    event.tenant = from.tenant;
    event.user = from.user;
    event.purpose = from.purpose;
    event.at = from.at;
    event.provider = from.provider;
    event.channel = from.channel;
    event.reason = from.reason;
    return event_message(event, from.traceparent);
}

}  // namespace

asio::awaitable<bool> tell_events(
    receipt_store& store,
    amqp::publisher& broker,
    std::vector<untold_event> events
) {
    std::vector<amqp::outgoing_message> messages;
    messages.reserve(events.size());
    for (const auto& event : events)
        messages.push_back(message_of(event));
    const auto publish_by = std::chrono::steady_clock::now() + publish_limit;
    const auto results = co_await broker.publish(std::move(messages), publish_by);
    kill_point("events_told");
    std::vector<std::int64_t> told;
    for (std::size_t i = 0; i < events.size(); ++i)
        if (results[i] == amqp::publish_result::confirmed)
            told.push_back(events[i].id);
    if (told.size() < events.size())
        log::warning("events_not_published")
            .with("exchange", "otp.events")
            .with("events", events.size() - told.size());
    if (told.empty())
        co_return events.empty();
    const auto forget_by = std::chrono::steady_clock::now() + forget_limit;
    const auto forgotten = co_await store.forget(told, forget_by);
    if (!forgotten)
        log::warning("events_not_forgotten").with("error", forgotten.error().text());
    const bool none_is_left = forgotten && told.size() == events.size();
    co_return none_is_left;
}

}  // namespace otp
