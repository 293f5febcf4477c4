#include "common/amqp/call.hpp"

#include "common/async/event.hpp"

#include <boost/asio/this_coro.hpp>

#include <optional>

namespace otp::amqp {

namespace asio = boost::asio;

struct call::state {
    state(const asio::any_io_executor& executor, deadline at) : ended(executor, at) {}

    event ended;  // by the answer, or in time
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
        state->ended.notify();
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
    co_await state_->ended.wait();
    if (state_->answered)
        co_return *state_->answered;
    const auto caller = co_await asio::this_coro::cancellation_state;
    if (caller.cancelled() != asio::cancellation_type::none)
        co_return error(errc::stopped, "");
    co_return error(errc::timeout, "no answer from the broker");
}

}  // namespace otp::amqp
