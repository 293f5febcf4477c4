#pragma once

#include "tests/bench/wire.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace otp::bench {

// One kept-alive connection of a client. It lives while its socket does, or somebody is to answer.
class link {
public:
    virtual ~link() = default;

    // A whole answer, head included. Answers go out in the order they are given; nothing happens
    // where the connection is gone.
    virtual void answer(std::string_view bytes) = 0;
};

using link_ptr = std::shared_ptr<link>;
using on_request = std::function<void(const link_ptr& from, const wire_message& request)>;

// A server that does nothing but read requests and write answers, for one thread: by callbacks,
// without time limits and without a thought for malice. It stands in for what a measured program
// talks to, and must not cost more than that.
class small_server {
public:
    // `address`: "127.0.0.1:8080"; port 0 takes a free one. With `tls`, speaks it.
    small_server(
        boost::asio::any_io_executor executor,
        const std::string& address,
        std::optional<boost::asio::ssl::context> tls,
        on_request handle
    );

    std::string address() const;

private:
    void accept();

    boost::asio::any_io_executor executor_;
    std::optional<boost::asio::ssl::context> tls_;
    on_request handle_;
    boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace otp::bench
