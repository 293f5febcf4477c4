#pragma once

#include "common/amqp/codec/error.hpp"
#include "common/amqp/url.hpp"
#include "common/net/name_lookup.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace otp::amqp {

// The octets' way to one broker: TCP, or TLS 1.2 or later over it with the broker's name checked.
// Good for one connection; nothing throws but cancellation.
class transport {
public:
    // `tls` is kept by reference; null where no broker needs it.
    transport(const boost::asio::any_io_executor& executor, boost::asio::ssl::context* tls);

    // Resolves, connects and shakes hands. The error names the step and the broker.
    boost::asio::awaitable<error> open(const broker& to);

    // What came, at least one octet; or why nothing will.
    boost::asio::awaitable<result<std::size_t>> read_some(boost::asio::mutable_buffer into);
    boost::asio::awaitable<error> write(boost::asio::const_buffer octets);

    // Ends it at once; what is under way fails. AMQP's own close is the orderly end, so no TLS
    // close_notify is sent.
    void close() noexcept;

private:
    using tls_stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

    boost::asio::awaitable<result<std::vector<boost::asio::ip::tcp::endpoint>>> resolve(
        const broker& to
    );
    boost::asio::awaitable<error> shake_hands(const std::string& host);

    boost::asio::ip::tcp::socket socket_;
    boost::asio::ssl::context* tls_;
    std::optional<tls_stream> stream_;
    std::optional<net::name_lookup> lookup_;
    std::string peer_;
};

}  // namespace otp::amqp
