#pragma once

#include "common/async/deadline.hpp"
#include "common/core/boot_clock.hpp"
#include "common/core/secret.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace otp::http {

struct request {
    std::string method = "POST";
    std::string target;     // path and query
    std::string_view head;  // header lines, each ended by CRLF, without Host, Content-Length and
                            // Connection; looked at until the call returns
    secret body;
    // No byte is written from this moment on: the lease of the attempt would be over.
    boot_clock::time_point write_before = boot_clock::time_point::max();
};

struct answer {
    unsigned status = 0;
    std::optional<std::chrono::seconds> retry_after;
    secret body;
};

// A call that brought no complete answer. The question it settles: could the request have been
// acted on?
struct call_failure {
    enum class certainty {
        not_sent,  // no byte of the request was handed to the (TLS) stream: safe to repeat
        in_doubt,  // writing had begun: the other side may have acted
    };
    certainty sent = certainty::not_sent;
    std::string text;                // what was attempted and what went wrong; safe to log
    std::optional<unsigned> status;  // where the status line was read before the answer broke off
    std::optional<std::chrono::seconds> retry_after;  // where that field was
};

using call_result = boost::system::result<answer, call_failure>;

struct proxy;

struct client_options {
    std::string base_url;  // scheme://host[:port]; a path in it is ignored
    std::string ca_file;   // PEM; empty: the system's
    std::shared_ptr<const proxy> through = nullptr;  // the way to an https origin; null: directly
    std::size_t most_connections = 512;
    std::size_t most_dials = 64;                      // connecting at the same time; others wait
    std::size_t most_answer_bytes = 65536;            // a longer body is in_doubt, with its status
    std::chrono::milliseconds connect_timeout{2000};  // name, TCP and TLS together
    std::chrono::milliseconds idle_timeout{30'000};   // a connection idle for longer is closed
};

// HTTP/1.1 to one origin over a pool of kept-alive connections: one request at a time on each, head
// and body in one write, TLS verified against host name and CA, sessions resumed. Never follows a
// redirect and never repeats a request by itself, except on a new connection where an idle one was
// found closed before anything was written.
//
// One thread. Must outlive its calls. Bodies are wiped after use, in its own buffers too.
class client {
public:
    // Throws std::invalid_argument for a bad URL or CA file, naming it.
    client(boost::asio::any_io_executor executor, client_options options);
    ~client();

    // Waits for a free connection, connects if need be, writes, reads, all before `at`.
    // Cancellation before the first byte throws operation_aborted; after it the result is in_doubt.
    boost::asio::awaitable<call_result> call(const request& what, deadline at);

    std::size_t connections() const noexcept;
    std::size_t busy() const noexcept;     // connections given to calls
    std::size_t waiting() const noexcept;  // calls without one

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace otp::http
