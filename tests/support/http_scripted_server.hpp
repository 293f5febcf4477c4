#pragma once

#include <openssl/ssl.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace otp::test {

// The server's end of one connection, played by a script. Reads give up after 10 s.
class peer {
public:
    explicit peer(int fd) : fd_(fd) {
        const timeval limit{10, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;
    ~peer() { close(); }

    bool accept_tls(SSL_CTX* context) {
        tls_ = ::SSL_new(context);
        ::SSL_set_fd(tls_, fd_);
        return ::SSL_accept(tls_) == 1;
    }
    SSL* tls() const noexcept { return tls_; }

    // One request with its Content-Length body; empty where the connection ends instead.
    std::string read_request() {
        std::size_t head = 0;
        while ((head = got_.find("\r\n\r\n")) == std::string::npos) {
            if (!read_more())
                return {};
        }
        std::size_t size = head + 4;
        const auto length = got_.find("Content-Length: ");
        if (length < head)
            size += std::stoul(got_.substr(length + 16));
        while (got_.size() < size) {
            if (!read_more())
                return {};
        }
        std::string request = got_.substr(0, size);
        got_.erase(0, size);
        return request;
    }
    // What comes until the client hangs up.
    std::string read_to_end() {
        while (read_more()) {
        }
        return std::exchange(got_, {});
    }
    void send(std::string_view bytes) {
        if (bytes.empty())
            return;
        if (tls_ != nullptr)
            ::SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
        else
            ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    void close_notify() { ::SSL_shutdown(tls_); }
    void close() {
        if (tls_ != nullptr)
            ::SSL_free(std::exchange(tls_, nullptr));
        if (fd_ >= 0)
            ::close(std::exchange(fd_, -1));
    }
    void reset() {
        const linger now{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close();
    }

private:
    bool read_more() {
        char bytes[4096];
        const auto size = static_cast<int>(sizeof bytes);
        const auto read =
            tls_ != nullptr ? ::SSL_read(tls_, bytes, size) : ::recv(fd_, bytes, sizeof bytes, 0);
        if (read > 0)
            got_.append(bytes, static_cast<std::size_t>(read));
        return read > 0;
    }

    int fd_;
    SSL* tls_ = nullptr;
    std::string got_;
};

// Listens on a free port of loopback and plays script n on connection n, each on its own thread.
// Connections beyond the scripts wait in the backlog.
class scripted_server {
public:
    using script = std::function<void(peer&)>;

    explicit scripted_server(std::vector<script> scripts) : scripts_(std::move(scripts)) {
        std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to connections that are gone
        fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        if (::bind(fd_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(fd_, 64) != 0 ||
            ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
            throw std::runtime_error("scripted_server: cannot listen");
        port_ = ntohs(at.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;
    ~scripted_server() {
        finish();
        ::close(fd_);
    }

    unsigned short port() const noexcept { return port_; }
    std::string url(const std::string& scheme = "http", const std::string& host = "127.0.0.1")
        const {
        return scheme + "://" + host + ":" + std::to_string(port_);
    }
    int accepted() const noexcept { return accepted_; }

    // Takes no more connections and waits for the scripts.
    void finish() {
        ::shutdown(fd_, SHUT_RDWR);
        if (acceptor_.joinable())
            acceptor_.join();
        for (std::thread& player : players_)
            player.join();
        players_.clear();
    }

private:
    void accept_all() {
        for (const script& play : scripts_) {
            const int fd = ::accept(fd_, nullptr, nullptr);
            if (fd < 0)
                return;
            ++accepted_;
            players_.emplace_back([fd, &play] {
                peer other(fd);
                play(other);
            });
        }
    }

    std::vector<script> scripts_;
    std::atomic<int> accepted_ = 0;
    unsigned short port_ = 0;
    int fd_ = -1;
    std::thread acceptor_;
    std::vector<std::thread> players_;
};

// Waits until the kernel has handed to the client's idle connection what the server did to it last:
// bytes, an end or a reset. Loopback delivers in its own time, and nothing else tells when.
inline void wait_until_it_arrived(unsigned short server_port) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < limit) {
        std::ifstream table("/proc/self/net/tcp");
        std::string line;
        bool is_untouched = false;
        while (std::getline(table, line)) {
            unsigned remote_port = 0;
            unsigned state = 0;
            unsigned unread = 0;
            constexpr unsigned established = 1;
            if (std::sscanf(
                    line.c_str(),
                    " %*d: %*8X:%*4X %*8X:%4X %2X %*8X:%8X",
                    &remote_port,
                    &state,
                    &unread
                ) == 3 &&
                remote_port == server_port && state == established && unread == 0)
                is_untouched = true;
        }
        if (!is_untouched)
            return;
        std::this_thread::yield();
    }
    throw std::runtime_error("wait_until_it_arrived: nothing has come");
}

}  // namespace otp::test
