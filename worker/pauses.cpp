#include "worker/pauses.hpp"

#include "common/config/program.hpp"
#include "common/log/log.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds look_interval{1};
constexpr std::chrono::seconds ask_limit{5};
constexpr std::chrono::milliseconds pause_at_start{250};

std::vector<const paused_one*> only_in(
    const std::vector<paused_one>& these,
    const std::vector<paused_one>& those
) {
    std::vector<const paused_one*> only;
    for (const auto& one : these)
        if (std::ranges::find(those, one) == those.end())
            only.push_back(&one);
    return only;
}

void tell(log::line line, const paused_one& one) {
    line.with("kind", one.kind).with("name", one.name).with("reason", one.reason);
}

}  // namespace

pauses::pauses(
    pause_store& from,
    provider_lines& lines,
    amqp::consumer& consumer,
    pipeline& jobs,
    std::string queue
)
    : from_(from),
      lines_(lines),
      consumer_(consumer),
      jobs_(jobs),
      queue_(std::move(queue)) {}

asio::awaitable<void> pauses::await_first(deadline at) {
    for (;;) {
        const auto limited = std::min(at, std::chrono::steady_clock::now() + ask_limit);
        auto told = co_await from_.now(limited);
        if (told) {
            co_await obey(std::move(*told));
            co_return;
        }
        if (std::chrono::steady_clock::now() + pause_at_start >= at)
            throw exit_with(
                exit_code::unavailable,
                "PostgreSQL does not tell what is paused: " + told.error().text()
            );
        co_await sleep_for(pause_at_start);
    }
}

asio::awaitable<void> pauses::watch() {
    bool answered = true;
    for (;;) {
        auto told = co_await from_.now(std::chrono::steady_clock::now() + ask_limit);
        if (told)
            co_await obey(std::move(*told));
        else if (answered)
            log::warning("pauses_not_read").with("error", told.error().text());
        answered = told.has_value();
        co_await sleep_for(look_interval);
    }
}

asio::awaitable<void> pauses::obey(std::vector<paused_one> told) {
    if (told == now_)
        co_return;
    const auto before = std::exchange(now_, std::move(told));
    for (const auto* one : only_in(now_, before))
        tell(log::warning("paused"), *one);
    for (const auto* one : only_in(before, now_))
        tell(log::warning("resumed"), *one);
    hold_lanes();
    const bool held = of_queue() != nullptr;
    if (held && !consumer_.held()) {
        co_await consumer_.hold();
        jobs_.give_back();
    } else if (!held && consumer_.held()) {
        co_await consumer_.resume();
    }
}

void pauses::hold_lanes() {
    for (const auto& line : lines_.all())
        line->entrance.set_paused(is_paused(line->what));
}

bool pauses::is_paused(const lane& one) const {
    return find("provider", one.provider) != nullptr ||
           find("channel", to_string(one.by)) != nullptr || find("lane", to_string(one)) != nullptr;
}

const paused_one* pauses::of_queue() const noexcept {
    return find("queue", queue_);
}

const paused_one* pauses::find(std::string_view kind, std::string_view name) const noexcept {
    const auto found = std::ranges::find_if(now_, [&](const paused_one& one) {
        return one.kind == kind && one.name == name;
    });
    return found == now_.end() ? nullptr : &*found;
}

}  // namespace otp
