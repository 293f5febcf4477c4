#pragma once

#include "common/core/secret.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp::http {

struct server_request {
    std::string method;
    std::string path;                                          // as sent, without the query
    std::string query;                                         // raw, without '?'
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, in wire order
    std::map<std::string, std::string, std::less<>>
        captures;            // of the route: {id} and the like, decoded
    std::string_view route;  // its pattern; empty where none answers. Of the router, and as long
    secret body;
    boost::asio::ip::address peer;

    // The value of a header (lower-case name), or empty where it is missing.
    std::string_view header(std::string_view name) const;
    // The same of one that may stand only once: empty, too, where it stands again.
    std::string_view only_header(std::string_view name) const;
};

struct server_answer {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body;
    // Written after `body` without a copy: bytes that outlive the connection, as a part of the
    // program does.
    std::string_view fixed_body;
    std::vector<std::pair<std::string, std::string>> headers;
    // Where set, so many bytes at the end of the answer (at most all of it, head included) are not
    // written, and the connection is closed: for servers that play a broken one.
    std::optional<std::size_t> cut_off;
};

using handler = std::function<boost::asio::awaitable<server_answer>(server_request&)>;

// Routes by method and path; "{name}" stands for one segment. A trailing slash is a different path
// unless it is registered too.
class router {
public:
    // `most_body_bytes`: more is 413 on this route; without it the server's own limit holds.
    router& on(
        std::string method,
        std::string pattern,
        handler answer,
        std::optional<std::size_t> most_body_bytes = {}
    );

    struct match {
        const handler* answer = nullptr;  // null: no such path, or not by this method
        std::string_view pattern;         // of the route
        std::vector<std::string>
            other_methods;  // filled for a known path with another method: 405, Allow
        std::map<std::string, std::string, std::less<>> captures;
        std::optional<std::size_t> most_body_bytes;  // of the route
    };
    match find(std::string_view method, std::string_view path) const;

private:
    struct route;
    std::vector<std::shared_ptr<const route>> routes_;
};

struct server_options {
    std::size_t most_header_bytes = 8192;
    std::size_t most_body_bytes = 16384;  // more: 413
    std::size_t most_connections = 4096;
    // Of one client, where set: a further connection is closed at once, without a word.
    std::function<std::size_t(const boost::asio::ip::address& peer)> most_connections_of;
    std::chrono::milliseconds header_timeout{
        10'000};  // from the first byte, or from the accept; TLS handshake
    std::chrono::milliseconds body_timeout{10'000};     // also for the client to take the answer
    std::chrono::milliseconds idle_timeout{60'000};     // between requests
    std::chrono::milliseconds handler_timeout{30'000};  // then it is cancelled and answered by 503
    // TLS where both are given.
    std::string certificate_file;
    std::string key_file;
    // Writes the body of an error that the server itself answers (400, 404, 405, 408, 413, 417,
    // 431, 500, 501, 503, 505); by default application/problem+json.
    std::function<server_answer(unsigned status, std::string_view detail)> error_body;
    // Adds to every answer before it is written, the server's own included; the request may be as
    // good as empty where it could not be read. What it adds must not break the framing.
    std::function<void(const server_request& request, server_answer& answer)> finish;
    // Processes of one user that all say so share a port: each gets a part of the connections.
    bool reuse_port = false;
};

struct inherited_socket;

// HTTP/1.1 with keep-alive. A handler that throws gives 500; its what() goes to `on_error` with
// method and route (a path may be a secret), never to the client. What a request brought, and the
// buffers of both, are wiped after it.
class server {
public:
    server(boost::asio::any_io_executor executor, router routes, server_options options);
    ~server();

    // Binds; throws std::runtime_error naming the address. Port 0 takes a free one, see local().
    void listen(const std::string& address_and_port);
    // Takes a socket that listens already. What waits in it when we stop is left to the next one.
    void listen(const inherited_socket& on);
    boost::asio::ip::tcp::endpoint local() const;

    // Reads certificate and key anew, for connections from now on. Throws std::invalid_argument
    // naming the file that cannot be used; then the present ones stay. Not without TLS.
    void reload_tls();

    std::function<void(std::string_view what)> on_error;

    // Serves until stop(); then takes no new connections, lets requests under way end (at most
    // `grace`), closes those where none comes within half a second, and returns.
    boost::asio::awaitable<void> run(std::chrono::milliseconds grace);
    void stop();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace otp::http
