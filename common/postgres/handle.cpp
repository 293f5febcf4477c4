#include "common/postgres/handle.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <libpq-fe.h>

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <utility>

namespace otp::postgres {

namespace asio = boost::asio;
using boost::system::error_code;

struct handle::watched {
    explicit watched(const asio::any_io_executor& executor) : socket(executor), timer(executor) {}

    void cancel_waits() {
        error_code ignored;
        socket.cancel(ignored);
    }

    asio::posix::stream_descriptor socket;
    asio::steady_timer timer;
    std::uint64_t deadlines = 0;  // tells a handler that its deadline is no longer the current one
    bool late = false;
};

handle::handle(asio::any_io_executor executor, pg_conn* owned)
    : connection_(owned),
      watched_(std::make_shared<watched>(executor)) {
    // libpq would print notices on stderr.
    const auto drop = [](void*, const char*) {};
    PQsetNoticeProcessor(connection_, drop, nullptr);
}

void handle::close() noexcept {
    unwatch();
    PQfinish(std::exchange(connection_, nullptr));
}

void handle::watch() {
    unwatch();
    watched_->socket.assign(PQsocket(connection_));
}

void handle::unwatch() noexcept {
    if (watched_->socket.is_open())
        watched_->socket.release();
}

bool handle::has_input() const noexcept {
    char first = 0;
    const auto seen = ::recv(PQsocket(connection_), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    return seen >= 0 || errno != EAGAIN;
}

void handle::set_deadline(deadline at) {
    watched_->late = false;
    watched_->timer.expires_at(at);
    const auto current = ++watched_->deadlines;
    watched_->timer.async_wait([weak = std::weak_ptr(watched_), current](error_code error) {
        const auto self = weak.lock();
        if (error || !self || self->deadlines != current)
            return;
        self->late = true;
        self->cancel_waits();
    });
}

void handle::clear_deadline() {
    ++watched_->deadlines;
    watched_->timer.cancel();
}

asio::awaitable<bool> handle::ready(wait_type what) {
    if (watched_->late)
        co_return false;
    const auto [error] =
        co_await watched_->socket.async_wait(what, asio::as_tuple(asio::use_awaitable));
    if (error && watched_->late)
        co_return false;
    if (error)
        throw boost::system::system_error(error);
    co_return true;
}

asio::awaitable<bool> handle::readable() {
    return ready(wait_type::wait_read);
}

asio::awaitable<bool> handle::writable() {
    return ready(wait_type::wait_write);
}

asio::awaitable<bool> handle::readable_or_writable() {
    if (watched_->late)
        co_return false;
    auto& socket = watched_->socket;
    auto both = asio::experimental::make_parallel_group(
        socket.async_wait(wait_type::wait_read, asio::deferred),
        socket.async_wait(wait_type::wait_write, asio::deferred)
    );
    const auto [order, read_error, write_error] =
        co_await both.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (!read_error || !write_error)
        co_return true;
    if (watched_->late)
        co_return false;
    throw boost::system::system_error(order[0] == 0 ? read_error : write_error);
}

}  // namespace otp::postgres
