#include "common/amqp/consumer.hpp"

#include "common/amqp/call.hpp"
#include "common/amqp/connection.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace otp::amqp {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

// Unique within its channel, which has one consumer.
constexpr std::string_view consumer_tag = "otp";
constexpr auto cancel_limit = 5s;

bool time_may_heal(const error& why) {
    constexpr int access_refused = 403, precondition_failed = 406, not_allowed = 530;
    const int code = why.code.category() == category() ? why.code.value() : 0;
    return code != access_refused && code != precondition_failed && code != not_allowed;
}

}  // namespace

consumer::consumer(connection& on, consumer_options options)
    : connection_(on),
      options_(std::move(options)),
      arrived_(on.executor()) {
    if (options_.prefetch == 0)
        throw std::invalid_argument("a consumer needs a prefetch of at least 1");
}

consumer::~consumer() {
    close_channel();
}

asio::awaitable<void> consumer::run() {
    auto pause = options_.first_pause;
    while (!leaving()) {
        co_await until_wanted();
        const bool up = co_await connection_.wait_up();
        if (!up)
            break;
        if (held_)  // meanwhile
            continue;
        error failed = co_await subscribe();
        if (!failed) {
            pause = options_.first_pause;
            if (held_)
                co_await stop_deliveries();
            co_await until_lost();
        }
        lose(std::move(failed));
        close_channel();
        if (leaving())
            break;
        last_error_ = *lost_;
        if (on_state)
            on_state(false, last_error_.what());
        if (!time_may_heal(last_error_))
            pause = options_.longest_pause;
        co_await until(steady_clock::now() + pause, until_leaving());
        pause = std::min(pause * 2, options_.longest_pause);
    }
    closed_ = true;
    arrived_.notify();
}

bool consumer::leaving() const noexcept {
    return closed_ || draining_ || connection_.stopped();
}

// One round trip: the broker works through all of it in order, and closes the channel at the first
// fault.
asio::awaitable<error> consumer::subscribe() {
    lost_.reset();
    silenced_ = false;
    session_ = connection_.current_session();
    if (session_)
        channel_ = session_->open_channel(*this);
    if (channel_ == 0)
        co_return error(errc::lost, "no channel");
    put_topology(*session_, channel_, options_.declared_first);
    put_qos(session_->output(), channel_, options_.prefetch);
    session_->expect(channel_, method_id::basic_qos_ok);
    put_consume(session_->output(), channel_, options_.queue, consumer_tag);
    call subscribed(connection_.executor(), steady_clock::now() + options_.subscribe_limit);
    subscribed.expect(*session_, channel_, method_id::basic_consume_ok);
    connection_.flush();

    error failed = co_await subscribed.answer();
    if (failed)
        co_return failed;
    if (lost_)
        co_return *lost_;
    if (leaving())
        co_return error(errc::stopped, "");
    active_ = true;
    last_error_ = error();
    if (on_state)
        on_state(true, {});
    co_return error();
}

asio::awaitable<void> consumer::until_lost() {
    while (!lost_ && !closed_)
        co_await connection_.changed().wait();
}

asio::awaitable<bool> consumer::until_leaving() {
    while (!leaving())
        co_await connection_.changed().wait();
    co_return true;
}

asio::awaitable<void> consumer::until_wanted() {
    while (held_ && !leaving())
        co_await connection_.changed().wait();
}

asio::awaitable<std::vector<delivery>> consumer::receive(std::size_t most) {
    // What comes while it is held, because the broker did not know of it yet, goes back.
    while ((buffered_.empty() || held_) && !draining_ && !closed_)
        co_await arrived_.wait();
    std::vector<delivery> taken;
    if (draining_ || closed_)
        co_return taken;
    const auto end =
        buffered_.begin() + static_cast<std::ptrdiff_t>(std::min(most, buffered_.size()));
    taken.assign(std::make_move_iterator(buffered_.begin()), std::make_move_iterator(end));
    buffered_.erase(buffered_.begin(), end);
    co_return taken;
}

asio::awaitable<error> consumer::confirm_active(deadline at) {
    if (active_) {
        const auto found = co_await count_queue(connection_, options_.queue, at);
        if (found.has_error())
            co_return found.error();
        if (found->consumers == 0)
            co_return error(errc::lost, "queue '" + options_.queue + "' has no consumer");
    }
    if (!active_)  // also where it was lost meanwhile
        co_return last_error_ ? last_error_ : error(errc::lost, "not subscribed");
    co_return error();
}

void consumer::ack(std::uint64_t tag, std::uint64_t epoch) {
    if (epoch == epoch_)
        window_.settle(tag, verdict::ack);
}

void consumer::requeue(std::uint64_t tag, std::uint64_t epoch) {
    if (epoch == epoch_)
        window_.settle(tag, verdict::requeue);
}

void consumer::flush() {
    if (channel_ == 0)
        return;
    for (const verdict_frame& s : window_.take_frames()) {
        if (s.what == verdict::ack)
            put_ack(session_->output(), channel_, s.tag, s.multiple);
        else
            put_requeue(session_->output(), channel_, s.tag);
    }
    connection_.flush();
}

asio::awaitable<error> consumer::cancel() {
    draining_ = true;
    arrived_.notify();
    connection_.changed().notify();
    co_return co_await stop_deliveries();
}

asio::awaitable<error> consumer::stop_deliveries() {
    error failed;
    if (std::exchange(active_, false)) {
        silenced_ = true;
        put_cancel(session_->output(), channel_, consumer_tag);
        call cancelled(connection_.executor(), steady_clock::now() + cancel_limit);
        cancelled.expect(*session_, channel_, method_id::basic_cancel_ok);
        connection_.flush();
        failed = co_await cancelled.answer();
    }
    for (const delivery& d : buffered_)
        window_.settle(d.tag, verdict::requeue);
    buffered_.clear();
    flush();
    co_return failed;
}

asio::awaitable<error> consumer::hold() {
    held_ = true;
    co_return co_await stop_deliveries();
}

// On the channel that is open, so that verdicts on what it brought before stay valid; where it is
// gone, run() subscribes anew.
asio::awaitable<void> consumer::resume() {
    held_ = false;
    arrived_.notify();
    connection_.changed().notify();
    if (!std::exchange(silenced_, false) || channel_ == 0 || leaving())
        co_return;
    const std::uint64_t epoch = epoch_;
    put_consume(session_->output(), channel_, options_.queue, consumer_tag);
    call subscribed(connection_.executor(), steady_clock::now() + options_.subscribe_limit);
    subscribed.expect(*session_, channel_, method_id::basic_consume_ok);
    connection_.flush();
    error failed = co_await subscribed.answer();
    if (epoch != epoch_ || closed_ || connection_.stopped())  // then the channel is gone
        co_return;
    if (failed) {
        lose(std::move(failed));
        co_return;
    }
    active_ = true;
    if (draining_)  // cancel() found nothing to stop yet
        co_await stop_deliveries();
    else if (on_state)
        on_state(true, {});
}

void consumer::close() {
    closed_ = true;
    active_ = false;
    close_channel();
    arrived_.notify();
    connection_.changed().notify();
}

void consumer::on_delivery(delivery&& message) {
    if (!window_.delivered(message.tag)) {
        lose(protocol_error("delivery tag " + std::to_string(message.tag) + " out of order"));
        return;
    }
    message.epoch = epoch_;
    buffered_.push_back(std::move(message));
    arrived_.notify();
}

void consumer::on_cancel() {
    lose(error(errc::consumer_cancelled, "queue '" + options_.queue + "' is gone"));
}

void consumer::on_closed(const error& why) {
    channel_ = 0;
    lose(why);
}

// From here on the messages are the broker's again: verdicts of this epoch mean nothing.
void consumer::lose(error why) {
    active_ = false;
    silenced_ = false;
    if (!lost_)
        lost_ = std::move(why);
    ++epoch_;
    window_ = ack_window();
    buffered_.clear();
    connection_.changed().notify();
}

void consumer::close_channel() {
    if (channel_ == 0)
        return;
    session_->close_channel(std::exchange(channel_, std::uint16_t{0}));
    connection_.flush();
}

}  // namespace otp::amqp
