#include "common/amqp/call.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>

namespace otp::amqp {

namespace asio = boost::asio;

// The timer is deadline and signal in one.
struct call::state {
    state(const asio::any_io_executor& executor, deadline at) : timer(executor, at) {}

    asio::steady_timer timer;
    std::optional<error> answered;
    std::uint32_t message_count = 0;
    std::uint32_t consumer_count = 0;
};

call::call(const asio::any_io_executor& executor, deadline at)
    : state_(std::make_shared<state>(executor, at)) {}

void call::expect(session& from, std::uint16_t channel, method_id answer) {
    from.expect(channel, answer, [state = state_](const error& failed, const method& m) {
        state->answered = failed;
        state->message_count = m.message_count;
        state->consumer_count = m.consumer_count;
        state->timer.cancel();
    });
}

std::uint32_t call::message_count() const noexcept {
    return state_->message_count;
}

std::uint32_t call::consumer_count() const noexcept {
    return state_->consumer_count;
}

asio::awaitable<error> call::answer() {
    if (state_->answered)
        co_return *state_->answered;
    const auto [cancelled] = co_await state_->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (state_->answered)
        co_return *state_->answered;
    if (cancelled)
        co_return error(errc::stopped, "");
    co_return error(errc::timeout, "no answer from the broker");
}

}  // namespace otp::amqp
