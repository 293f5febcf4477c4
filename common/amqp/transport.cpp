#include "common/amqp/transport.hpp"

#include "common/net/tls.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <openssl/ssl.h>

#include <charconv>
#include <cstdint>

namespace otp::amqp {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

transport::transport(const asio::any_io_executor& executor, asio::ssl::context* tls)
    : socket_(executor),
      tls_(tls) {}

asio::awaitable<error> transport::open(const broker& to) {
    peer_ = to.address();
    const auto found = co_await resolve(to);
    if (!found)
        co_return found.error();
    const auto [refused, endpoint] = co_await asio::async_connect(socket_, *found, as_tuple);
    if (refused)
        co_return error(refused, "connect to " + peer_);
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    if (!to.tls)
        co_return error();
    co_return co_await shake_hands(to.host);
}

asio::awaitable<result<std::vector<tcp::endpoint>>> transport::resolve(const broker& to) {
    lookup_.emplace(socket_.get_executor(), to.host);
    const auto found = co_await lookup_->wait(deadline::max());
    if (!found)
        co_return error(errc::stopped, "resolve " + to.host);
    if (!*found)
        co_return error(found->error(), "resolve " + to.host);
    std::uint16_t port = 0;
    std::from_chars(to.port.data(), to.port.data() + to.port.size(), port);
    std::vector<tcp::endpoint> endpoints;
    for (const auto& address : **found)
        endpoints.emplace_back(address, port);
    co_return endpoints;
}

asio::awaitable<error> transport::shake_hands(const std::string& host) {
    stream_.emplace(socket_, *tls_);
    SSL* const tls = stream_->native_handle();
    net::expect_host(tls, host);
    const auto [failed] =
        co_await stream_->async_handshake(asio::ssl::stream_base::client, as_tuple);
    if (!failed)
        co_return error();
    const std::string fault = net::certificate_fault(tls, host);
    co_return error(
        errc::tls,
        "handshake with '" + host + "': " + (fault.empty() ? failed.message() : fault)
    );
}

asio::awaitable<result<std::size_t>> transport::read_some(asio::mutable_buffer into) {
    error_code failed;
    std::size_t count = 0;
    if (stream_)
        std::tie(failed, count) = co_await stream_->async_read_some(into, as_tuple);
    else
        std::tie(failed, count) = co_await socket_.async_read_some(into, as_tuple);
    if (failed)
        co_return error(failed, "read from " + peer_);
    co_return count;
}

asio::awaitable<error> transport::write(asio::const_buffer octets) {
    error_code failed;
    if (stream_)
        std::tie(failed, std::ignore) = co_await asio::async_write(*stream_, octets, as_tuple);
    else
        std::tie(failed, std::ignore) = co_await asio::async_write(socket_, octets, as_tuple);
    if (failed)
        co_return error(failed, "write to " + peer_);
    co_return error();
}

void transport::close() noexcept {
    error_code ignored;
    socket_.close(ignored);
    if (lookup_)
        lookup_->leave();
}

}  // namespace otp::amqp
