#pragma once

#include "common/http/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <exception>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace otp::test {

// A server on a free port of loopback, on a thread of its own.
class running_server {
public:
    explicit running_server(
        http::router routes,
        http::server_options options = {},
        std::chrono::milliseconds grace = std::chrono::seconds(10)
    )
        : server_(context_.get_executor(), std::move(routes), std::move(options)) {
        server_.on_error = [this](std::string_view what) { errors_.emplace_back(what); };
        server_.listen("127.0.0.1:0");
        port_ = server_.local().port();
        boost::asio::co_spawn(
            context_,
            [this, grace] { return server_.run(grace); },
            [this](std::exception_ptr error) { failure_ = error; }
        );
        thread_ = std::thread([this] { context_.run(); });
    }
    ~running_server() { stop(); }

    unsigned short port() const noexcept { return port_; }
    void ask_to_stop() {
        boost::asio::post(context_, [this] { server_.stop(); });
    }
    // Returns when run() has; rethrows what it threw.
    void stop() {
        if (!thread_.joinable())
            return;
        ask_to_stop();
        thread_.join();
        if (failure_)
            std::rethrow_exception(failure_);
    }
    // After stop().
    const std::vector<std::string>& errors() const { return errors_; }

private:
    boost::asio::io_context context_{1};
    http::server server_;
    std::vector<std::string> errors_;
    std::exception_ptr failure_;
    unsigned short port_ = 0;
    std::thread thread_;
};

// The other end by plain system calls, so that a test says every byte. Reads give up after 10 s.
class raw_client {
public:
    explicit raw_client(unsigned short port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval limit{10, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
            throw std::runtime_error("raw_client: cannot connect");
    }
    raw_client(const raw_client&) = delete;
    raw_client& operator=(const raw_client&) = delete;
    ~raw_client() { ::close(fd_); }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return;  // the server has hung up; what it said can still be read
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    void end_of_input() { ::shutdown(fd_, SHUT_WR); }

    // Everything up to the end of the connection. Throws where it does not end.
    std::string read_all() {
        while (read_more()) {
        }
        return std::exchange(got_, {});
    }
    // Until `mark` was read; the text up to and with it.
    std::string read_until(std::string_view mark) {
        std::size_t at = 0;
        while ((at = got_.find(mark)) == std::string::npos) {
            if (!read_more())
                throw std::runtime_error("the connection ended after: " + got_);
        }
        std::string text = got_.substr(0, at + mark.size());
        got_.erase(0, at + mark.size());
        return text;
    }

private:
    bool read_more() {
        char bytes[4096];
        const auto read = ::recv(fd_, bytes, sizeof bytes, 0);
        if (read < 0 && errno != ECONNRESET)
            throw std::runtime_error("the connection is silent after: " + got_);
        if (read > 0)
            got_.append(bytes, static_cast<std::size_t>(read));
        return read > 0;
    }

    int fd_;
    std::string got_;
};

}  // namespace otp::test
