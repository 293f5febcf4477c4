#pragma once

#include "common/async/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <memory>

struct pg_conn;

namespace otp::postgres {

// Owns a PGconn and watches its socket without owning that: libpq closes and replaces the socket as
// it likes, so it is let go before libpq may touch it, and always before PQfinish.
class handle {
public:
    handle(boost::asio::any_io_executor executor, pg_conn* owned);
    handle(const handle&) = delete;
    handle& operator=(const handle&) = delete;
    ~handle() { close(); }

    pg_conn* get() const noexcept { return connection_; }
    bool is_open() const noexcept { return connection_ != nullptr; }
    void close() noexcept;

    // Watches the socket that libpq has now. The number of the last one may have come back for
    // another socket, so numbers are never compared.
    void watch();
    void unwatch() noexcept;

    // The server has sent something, or ended the connection; one system call.
    bool has_input() const noexcept;

    // Waits end at `at` from here on, until clear_deadline().
    void set_deadline(deadline at);
    void clear_deadline();

    // False: time is up. Throws operation_aborted where the caller is cancelled.
    boost::asio::awaitable<bool> readable();
    boost::asio::awaitable<bool> writable();
    boost::asio::awaitable<bool> readable_or_writable();

private:
    struct watched;
    using wait_type = boost::asio::posix::stream_descriptor::wait_type;

    boost::asio::awaitable<bool> ready(wait_type what);

    pg_conn* connection_;
    std::shared_ptr<watched> watched_;  // shared with the timer's handler, which may run later
};

}  // namespace otp::postgres
