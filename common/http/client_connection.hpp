#pragma once

#include "common/http/client.hpp"
#include "common/http/codec/head.hpp"
#include "common/http/codec/wiped_buffer.hpp"
#include "common/http/proxy.hpp"
#include "common/http/stream.hpp"
#include "common/http/url.hpp"
#include "common/http/watchdog.hpp"
#include "common/net/tls.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace otp::http {

// What the connections of one client share; outlives them.
struct client_origin {
    url where;
    std::size_t most_answer_bytes = 0;
    net::tls_session_cache sessions;
    std::optional<boost::asio::ssl::context> tls;
    std::shared_ptr<const proxy> through;  // null: it is reached directly
};

// One connection of the pool: opened once, carries one request at a time.
class client_connection {
public:
    client_connection(boost::asio::any_io_executor executor, client_origin& origin);

    // TCP and TLS. Empty: it stands; else what went wrong, and the connection is of no use. Throws
    // operation_aborted where cancelled.
    boost::asio::awaitable<std::string> open(boost::asio::ip::tcp::endpoint to, deadline at);

    // Writes and reads. Writing ends by `write_until`, all of it by `at`. From its first step on
    // every failure is in_doubt, cancellation too; before it, cancellation throws.
    boost::asio::awaitable<call_result> exchange(
        const request& what,
        deadline write_until,
        deadline at
    );

    // Whether a request may (still) be put on it; must hold before rest().
    bool is_reusable() const noexcept { return reusable_; }
    // Idle from now on; `at_end` is called at `at` unless is_open() was asked before, and may
    // destroy this.
    void rest(deadline at, std::function<void()> at_end);
    // Ends the rest: true if the next request may be written now, in this same turn.
    bool is_open();

private:
    using failed = std::optional<call_failure>;

    // Empty: the proxy has connected us; else what went wrong.
    boost::asio::awaitable<std::string> open_tunnel();
    boost::asio::awaitable<call_result> read_answer(bool head_only);
    boost::asio::awaitable<failed> read_head(answer_head& head, answer& result);
    boost::asio::awaitable<failed> read_body(const answer_head& head, secret& body);
    boost::asio::awaitable<failed> gather_body(const answer_head& head, wiped_buffer& body);
    boost::asio::awaitable<boost::system::error_code> fill();
    void compose(const request& what);
    void time_is_up();
    std::string reason(const boost::system::error_code& error) const;
    call_failure in_doubt(const std::string& text) const;
    call_failure too_long() const;
    void read_broken_head(call_failure& failure) const;

    client_origin& origin_;
    stream stream_;
    watchdog watch_;
    std::function<void()> at_end_of_rest_;
    wiped_buffer in_;
    wiped_buffer out_;
    std::optional<unsigned> status_;                   // of the answer being read
    std::optional<std::chrono::seconds> retry_after_;  // of it, too
    bool reusable_ = false;
};

}  // namespace otp::http
