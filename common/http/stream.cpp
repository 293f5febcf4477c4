#include "common/http/stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace otp::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

}  // namespace

struct stream::tls {
    tls(tcp::socket& socket, asio::ssl::context& context) : layer(socket, context) {}
    // OpenSSL gives up the session of a connection that ends without close_notify, and with it the
    // one we would resume. A message that was cut short is noticed by its length instead.
    ~tls() { ::SSL_set_shutdown(layer.native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }

    asio::ssl::stream<tcp::socket&> layer;
};

stream::stream(tcp::socket socket) : socket_(std::move(socket)) {}

stream::~stream() = default;

asio::awaitable<stream::finished> stream::connect(tcp::endpoint to) {
    auto result = co_await socket_.async_connect(to, as_values);
    boost::system::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    co_return result;
}

SSL* stream::use_tls(asio::ssl::context& context) {
    tls_ = std::make_unique<tls>(socket_, context);
    return tls_->layer.native_handle();
}

asio::awaitable<stream::finished> stream::handshake(asio::ssl::stream_base::handshake_type side) {
    return tls_->layer.async_handshake(side, as_values);
}

asio::awaitable<stream::transferred> stream::read_some(std::span<char> room) {
    const asio::mutable_buffer buffer(room.data(), room.size());
    if (tls_)
        return tls_->layer.async_read_some(buffer, as_values);
    return socket_.async_read_some(buffer, as_values);
}

asio::awaitable<stream::transferred> stream::write(std::string_view bytes) {
    const asio::const_buffer buffer(bytes.data(), bytes.size());
    if (tls_)
        return asio::async_write(tls_->layer, buffer, as_values);
    return asio::async_write(socket_, buffer, as_values);
}

asio::awaitable<void> stream::finish_writing() {
    if (tls_) {
        // The first call only sends our close_notify; waiting for the other side's is of no use.
        ::SSL_set_shutdown(tls_->layer.native_handle(), SSL_RECEIVED_SHUTDOWN);
        co_await tls_->layer.async_shutdown(as_values);
    }
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

bool stream::is_idle() {
    boost::system::error_code error;
    char byte = 0;
    if (!socket_.non_blocking())
        socket_.non_blocking(true, error);
    const asio::mutable_buffer buffer(&byte, 1);
    if (tls_)
        tls_->layer.read_some(buffer, error);
    else
        socket_.read_some(buffer, error);
    return error == asio::error::would_block;
}

void stream::close() noexcept {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace otp::http
