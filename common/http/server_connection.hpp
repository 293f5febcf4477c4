#pragma once

#include "common/http/codec/head.hpp"
#include "common/http/codec/wiped_buffer.hpp"
#include "common/http/server.hpp"
#include "common/http/stream.hpp"
#include "common/http/watchdog.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>

namespace otp::http {

// What the connections of one server share; outlives them.
struct server_state {
    router routes;
    server_options options;
    std::optional<boost::asio::ssl::context> tls;
    std::function<void(std::string_view)> report;
    bool stopping = false;
};

// The answer to an error that no handler has seen, as the options want it.
server_answer own_error(const server_options& options, unsigned status, std::string_view detail);

// The answer as it goes over the wire, but for its fixed body.
void write_answer(wiped_buffer& to, const server_answer& answer, bool keep_alive, bool head_only);

// One connection from its accept to its close: requests one after the other, in order.
class server_connection {
public:
    server_connection(boost::asio::ip::tcp::socket socket, server_state& shared);

    // Ends when the connection is done with, whichever side wanted that. Throws operation_aborted
    // where it is cancelled.
    boost::asio::awaitable<void> serve();

    // Closes it soon where no request is under way and none comes; the next one is the last.
    void stop_waiting();

private:
    enum class reading { complete, closed, refused };

    boost::asio::awaitable<bool> serve_one();
    boost::asio::awaitable<reading> read(server_request& request);
    boost::asio::awaitable<reading> read_head();
    boost::asio::awaitable<reading> read_body(server_request& request);
    boost::asio::awaitable<reading> read_chunks(server_request& request);
    boost::asio::awaitable<bool> fill();
    reading refuse(unsigned status, std::string_view detail);
    reading broken_off();
    void take_head(server_request& request);
    void find_route(server_request& request);
    boost::asio::awaitable<server_answer> answer_to(server_request& request);
    boost::asio::awaitable<bool> send(const server_answer& answer);
    boost::asio::awaitable<bool> write(std::string_view bytes);
    boost::asio::awaitable<void> finish();
    void time_is_up();

    server_state& shared_;
    stream stream_;
    boost::asio::ip::address peer_;
    watchdog watch_;
    wiped_buffer in_;
    wiped_buffer out_;
    request_head head_;  // views into in_, valid until the head is dropped
    std::size_t head_size_ = 0;
    head_fault fault_;
    router::match route_;              // of the present request
    std::size_t most_body_bytes_ = 0;  // there
    bool head_only_ = false;           // the request is a HEAD
    bool keep_alive_ = true;
    bool waiting_ = true;  // for the first byte of a request
    bool writing_ = false;
    bool first_ = true;
    bool refused_ = false;  // and with it, maybe, unread bytes
};

}  // namespace otp::http
