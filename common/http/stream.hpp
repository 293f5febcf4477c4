#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream_base.hpp>
#include <boost/system/error_code.hpp>

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>

namespace otp::http {

// So many bytes a connection makes room for before it reads.
inline constexpr std::size_t read_step = 4096;

// A TCP connection with or without TLS. One operation at a time; errors are values, and
// operation_aborted is one of them. The one place where Asio's stream operations are instantiated.
class stream {
public:
    using transferred = std::tuple<boost::system::error_code, std::size_t>;
    using finished = std::tuple<boost::system::error_code>;

    explicit stream(boost::asio::ip::tcp::socket socket);
    ~stream();

    boost::asio::ip::tcp::socket& socket() noexcept { return socket_; }

    boost::asio::awaitable<finished> connect(boost::asio::ip::tcp::endpoint to);

    // From here on everything goes through TLS. Set up the SSL* before the handshake.
    SSL* use_tls(boost::asio::ssl::context& context);
    boost::asio::awaitable<finished> handshake(boost::asio::ssl::stream_base::handshake_type side);

    boost::asio::awaitable<transferred> read_some(std::span<char> room);
    // All of `bytes`, from one contiguous buffer: the TLS stream would copy several onto its stack.
    boost::asio::awaitable<transferred> write(std::string_view bytes);
    // Says that no more will be written: close_notify where there is TLS, then FIN.
    boost::asio::awaitable<void> finish_writing();

    // Whether an idle connection is still open and silent, looked at without waiting and through
    // the TLS layer (a healthy one may hold session tickets). Anything else must not be written to.
    bool is_idle();

    void close() noexcept;

private:
    struct tls;

    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<tls> tls_;
};

}  // namespace otp::http
