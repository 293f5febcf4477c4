#include "common/amqp/connection.hpp"

#include "common/amqp/transport.hpp"
#include "common/core/random.hpp"
#include "common/net/tls.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace otp::amqp {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

// After this long the next loss is a new one, and pauses start small again.
constexpr auto settled_after = 10s;

session_options session_options_for(const broker& to, const connection_options& options) {
    session_options made;
    made.user = to.user;
    made.password = to.password.clone();
    made.vhost = to.vhost;
    made.connection_name = options.connection_name;
    made.heartbeat_seconds = static_cast<std::uint16_t>(options.heartbeat.count());
    made.body_limit = options.body_limit;
    return made;
}

}  // namespace

connection::connection(asio::any_io_executor executor, connection_options options)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      changed_(executor_),
      output_ready_(executor_),
      ending_(executor_) {
    const auto& brokers = options_.brokers;
    if (brokers.empty())
        throw std::invalid_argument("an AMQP connection needs at least one broker");
    if (std::any_of(brokers.begin(), brokers.end(), [](const broker& b) { return b.tls; }))
        tls_ = net::make_client_tls(options_.ca_file);
}

connection::~connection() = default;

asio::awaitable<void> connection::run() {
    try {
        co_await keep_connected();
    } catch (const boost::system::system_error&) {  // cancelled
        stopped_ = true;
        went_down();
        throw;
    }
}

asio::awaitable<void> connection::keep_connected() {
    std::size_t attempt = 0;
    auto pause = options_.first_pause;
    while (!stopped_) {
        const broker& to = options_.brokers[attempt++ % options_.brokers.size()];
        co_await connect_and_serve(to);
        if (was_up_ && steady_clock::now() - up_since_ >= settled_after)
            pause = options_.first_pause;
        went_down();
        const auto drawn = pause * (1 + random_fraction()) / 2;
        co_await until(
            steady_clock::now() + std::chrono::duration_cast<std::chrono::milliseconds>(drawn),
            until_stopped()
        );
        pause = std::min(pause * 2, options_.longest_pause);
    }
}

void connection::stop() {
    stopped_ = true;
    if (transport_ && !session_)
        transport_->close();
    changed_.notify();
}

asio::awaitable<bool> connection::wait_up(deadline at) {
    if (up())
        co_return true;
    const std::optional<bool> came = co_await until(at, wait_up());
    co_return came.value_or(false);
}

bool connection::up() const noexcept {
    return session_ && session_->up();
}

std::shared_ptr<session> connection::current_session() const {
    return up() ? session_ : nullptr;
}

void connection::drop(error why) {
    if (!end_)
        end_ = std::move(why);
    ending_.notify();
}

asio::awaitable<bool> connection::wait_up() {
    while (!up() && !stopped_)
        co_await changed_.wait();
    co_return up();
}

asio::awaitable<bool> connection::until_stopped() {
    while (!stopped_)
        co_await changed_.wait();
    co_return true;
}

void connection::came_up() {
    was_up_ = true;
    up_since_ = steady_clock::now();
    last_error_ = error();
    tell(event_kind::up, peer_);
    changed_.notify();
}

// Leaves nothing of the attempt behind, however it ended.
void connection::went_down() {
    if (!end_)
        end_ = error(errc::stopped, "");
    last_error_ = *std::exchange(end_, std::nullopt);
    if (was_up_ && !stopped_)
        ++losses_;
    was_up_ = false;
    writing_ = false;
    blocked_ = false;
    transport_.reset();
    if (const auto ended = std::exchange(session_, nullptr))
        ended->fail(last_error_);
    tell(event_kind::down, last_error_.what());
    changed_.notify();
}

void connection::tell(event_kind what, const std::string& text) {
    if (on_state)
        on_state(what, text);
}

asio::awaitable<void> connection::connect_and_serve(const broker& to) {
    peer_ = to.address();
    transport_ = std::make_unique<transport>(executor_, tls_ ? &*tls_ : nullptr);
    error failed = co_await open_in_time(to);
    if (stopped_)
        failed = error(errc::stopped, "");
    if (failed) {
        drop(std::move(failed));
        co_return;
    }
    session_ = std::make_shared<session>(session_options_for(to, options_));
    session_->on_blocked = [this](bool blocked, std::string_view reason) {
        blocked_ = blocked;
        tell(blocked ? event_kind::blocked : event_kind::unblocked, std::string(reason));
        changed_.notify();
    };
    co_await serve();
}

asio::awaitable<error> connection::open_in_time(const broker& to) {
    const deadline at = steady_clock::now() + options_.step_limit;
    auto opened = co_await until(at, transport_->open(to));
    // A step that is cut short says only that it was cancelled, and not that time was up.
    const bool late = !opened || (*opened && steady_clock::now() >= at);
    if (late)
        co_return error(errc::timeout, "connect to " + peer_);
    co_return std::move(*opened);
}

}  // namespace otp::amqp
