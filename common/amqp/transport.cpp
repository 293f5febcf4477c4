#include "common/amqp/transport.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace otp::amqp {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

// Says in words why a certificate is not accepted; OpenSSL's own error is only "certificate verify
// failed".
class certificate_check {
public:
    certificate_check(std::string host, std::string& fault)
        : host_(std::move(host)),
          fault_(fault) {}

    bool operator()(bool chain_is_good, asio::ssl::verify_context& context) const {
        if (!chain_is_good) {
            const int reason = X509_STORE_CTX_get_error(context.native_handle());
            fault_ = std::string("certificate verify failed: ") +
                     X509_verify_cert_error_string(reason) + " (host '" + host_ + "')";
            return false;
        }
        if (asio::ssl::host_name_verification(host_)(true, context))
            return true;
        fault_ = "certificate is not valid for host '" + host_ + "'";
        return false;
    }

private:
    std::string host_;
    std::string& fault_;  // lives in shake_hands(), as the handshake does
};

bool is_address(const std::string& host) {
    error_code not_one;
    asio::ip::make_address(host, not_one);
    return !not_one;
}

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
    std::string fault;
    stream_.emplace(socket_, *tls_);
    // RFC 6066 allows names only.
    if (!is_address(host))
        SSL_set_tlsext_host_name(stream_->native_handle(), host.c_str());
    stream_->set_verify_callback(certificate_check(host, fault));
    const auto [failed] =
        co_await stream_->async_handshake(asio::ssl::stream_base::client, as_tuple);
    // The check refers to `fault`; TLS 1.3 has no second one.
    stream_->set_verify_callback([](bool, asio::ssl::verify_context&) { return false; });
    if (!failed)
        co_return error();
    co_return error(
        errc::tls,
        fault.empty() ? "handshake with '" + host + "': " + failed.message() : fault
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

asio::ssl::context make_tls_context(const std::string& ca_file) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    context.set_verify_mode(asio::ssl::verify_peer);
    error_code failed;
    if (ca_file.empty())
        context.set_default_verify_paths(failed);
    else
        context.load_verify_file(ca_file, failed);
    if (failed)
        throw std::runtime_error("cannot use CA file '" + ca_file + "': " + failed.message());
    return context;
}

}  // namespace otp::amqp
