#include "common/http/server_connection.hpp"

#include "common/async/deadline.hpp"
#include "common/core/ascii.hpp"
#include "common/http/codec/chunked.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace otp::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// After a refusal, what the client still sends is read and dropped: closing a socket with unread
// data resets the connection, which may destroy the answer on its way.
constexpr std::size_t most_lingering_bytes = 1U << 20U;
constexpr std::chrono::seconds linger_time{1};
// What an idle connection has left once the server stops: a request that is on its way is answered.
constexpr std::chrono::milliseconds last_chance{500};
// What a client that takes no answer makes us keep: the kernel's part, which would grow to 4 MB of
// our memory, and the buffer of a connection that had one large answer.
constexpr int kernel_send_buffer = 64 * 1024;
constexpr std::size_t most_kept_between = 64U * 1024U;

deadline after(std::chrono::milliseconds span) {
    return std::chrono::steady_clock::now() + span;
}

void wipe(std::string& text) {
    ::explicit_bzero(text.data(), text.size());
}

// Keys stand in the headers, secrets and ids in the path.
void wipe(server_request& request) {
    request.body.wipe();
    wipe(request.path);
    wipe(request.query);
    for (auto& [name, value] : request.headers)
        wipe(value);
    for (auto& [name, value] : request.captures)
        wipe(value);
}

// Into a place of the caller's: as a result it would be copied on its way through until().
asio::awaitable<bool> answer_by(
    const handler& how,
    server_request& request,
    server_answer& answer
) {
    answer = co_await how(request);
    for (const auto& [name, value] : answer.headers) {
        if (name.find_first_of("\r\n: ") != std::string::npos ||
            value.find_first_of("\r\n") != std::string::npos)
            throw std::logic_error("a header of the answer would break its framing");
    }
    co_return true;
}

}  // namespace

server_connection::server_connection(tcp::socket socket, server_state& shared)
    : shared_(shared),
      stream_(std::move(socket)),
      watch_(stream_.socket().get_executor(), [this] { time_is_up(); }) {
    boost::system::error_code ignored;
    peer_ = stream_.socket().remote_endpoint(ignored).address();
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    stream_.socket().set_option(tcp::socket::send_buffer_size(kernel_send_buffer), ignored);
}

// A read is ended by ending what can be read: unlike a cancelled operation that also holds for the
// next one, and an answer can still be written.
void server_connection::time_is_up() {
    boost::system::error_code ignored;
    if (writing_)
        stream_.close();
    else
        stream_.socket().shutdown(tcp::socket::shutdown_receive, ignored);
}

void server_connection::stop_waiting() {
    if (waiting_)
        watch_.due(after(last_chance));
}

asio::awaitable<void> server_connection::serve() {
    // It may have been stopped between the accept and here.
    watch_.due(after(shared_.stopping ? last_chance : shared_.options.header_timeout));
    if (shared_.tls) {
        stream_.use_tls(*shared_.tls);
        const auto [error] = co_await stream_.handshake(asio::ssl::stream_base::server);
        if (error)
            co_return;
    }
    bool goes_on = co_await serve_one();
    while (goes_on) {
        first_ = false;
        goes_on = co_await serve_one();
    }
    co_await finish();
}

asio::awaitable<bool> server_connection::serve_one() {
    server_request request;
    const reading got = co_await read(request);
    if (got == reading::closed)
        co_return false;
    server_answer answer;
    if (got == reading::refused) {
        keep_alive_ = false;
        answer = own_error(shared_.options, fault_.status, fault_.detail);
    } else {
        answer = co_await answer_to(request);
    }
    if (shared_.options.finish)
        shared_.options.finish(request, answer);
    wipe(request);
    const bool is_sent = co_await send(answer);
    ::explicit_bzero(answer.body.data(), answer.body.size());
    if (!is_sent)
        co_return false;
    co_return keep_alive_;
}

asio::awaitable<server_connection::reading> server_connection::read(server_request& request) {
    head_only_ = false;
    reading got = co_await read_head();
    if (got == reading::complete) {
        take_head(request);
        find_route(request);
        got = co_await read_body(request);
    }
    co_return got;
}

asio::awaitable<server_connection::reading> server_connection::read_head() {
    std::size_t looked_at = 0;
    bool timed = first_;  // the first head's time runs from the accept
    waiting_ = in_.empty();
    if (waiting_ && !first_)
        watch_.due(after(shared_.stopping ? last_chance : shared_.options.idle_timeout));
    while (true) {
        while (looked_at == 0 && in_.view().starts_with("\r\n"))
            in_.drop_front(2);  // RFC 9112, 2.2: an empty line before a request is ignored
        const bool half_a_line = in_.view() == "\r";
        const auto end = find_head_end(in_.view(), looked_at);
        if (!end)
            co_return refuse(end.error().status, end.error().detail);
        if (end->value_or(in_.size()) > shared_.options.most_header_bytes)
            co_return refuse(431, "the header fields are larger than this server takes");
        if (*end) {
            head_size_ = **end;
            break;
        }
        looked_at = half_a_line ? 0 : in_.size();
        if (!in_.empty() && !timed) {
            timed = true;
            watch_.due(after(shared_.options.header_timeout));
        }
        const bool more = co_await fill();
        if (!more)
            co_return broken_off();
    }
    auto head = parse_request_head(in_.view().substr(0, head_size_));
    if (!head)
        co_return refuse(head.error().status, head.error().detail);
    head_ = std::move(*head);
    co_return reading::complete;
}

// Copies what outlives the head and drops it from the buffer.
void server_connection::take_head(server_request& request) {
    keep_alive_ = head_.keep_alive;
    head_only_ = head_.method == "HEAD";
    request.method = head_.method;
    request.path = head_.path;
    request.query = head_.query;
    request.peer = peer_;
    request.headers.reserve(head_.fields.size());
    for (const head_field& field : head_.fields)
        request.headers.emplace_back(lower_case(field.name), field.value);
    head_.fields.clear();
    head_.method = head_.path = head_.query = {};
    in_.drop_front(head_size_);
}

void server_connection::find_route(server_request& request) {
    route_ = shared_.routes.find(request.method, request.path);
    if (!route_.answer && head_only_)
        route_ = shared_.routes.find("GET", request.path);
    request.route = route_.pattern;
    most_body_bytes_ = route_.most_body_bytes.value_or(shared_.options.most_body_bytes);
}

asio::awaitable<server_connection::reading> server_connection::read_body(server_request& request) {
    if (head_.body == framing::none)
        co_return reading::complete;
    if (head_.length > most_body_bytes_)
        co_return refuse(413, "the body is larger than this server takes");
    watch_.due(after(shared_.options.body_timeout));
    if (head_.expects_continue && in_.empty()) {
        const bool is_asked = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
        if (!is_asked)
            co_return reading::closed;
    }
    if (head_.body == framing::chunked) {
        const reading got = co_await read_chunks(request);
        co_return got;
    }
    request.body = secret::of_size(head_.length);
    const std::span<char> body = request.body.bytes();
    std::size_t have = std::min(in_.size(), body.size());
    std::memcpy(body.data(), in_.view().data(), have);
    in_.drop_front(have);
    while (have < body.size()) {
        const auto [error, read] = co_await stream_.read_some(body.subspan(have));
        have += read;
        if (error || watch_.expired())
            co_return broken_off();
    }
    co_return reading::complete;
}

asio::awaitable<server_connection::reading> server_connection::read_chunks(server_request& request
) {
    using progress = chunked_reader::progress;
    chunked_reader chunks(most_body_bytes_);
    wiped_buffer body;
    while (true) {
        in_.drop_front(chunks.feed(in_.view(), body));
        if (chunks.state() != progress::more)
            break;
        const bool more = co_await fill();
        if (!more)
            co_return broken_off();
    }
    if (chunks.state() == progress::too_long)
        co_return refuse(413, "the body is larger than this server takes");
    if (chunks.state() == progress::malformed)
        co_return refuse(400, "the chunked body is malformed");
    request.body = secret(body.view());
    co_return reading::complete;
}

// Reads what there is; false where nothing more will come.
asio::awaitable<bool> server_connection::fill() {
    const auto [error, read] = co_await stream_.read_some(in_.room(read_step));
    in_.commit(read);
    if (read != 0)
        waiting_ = false;
    co_return !error && !watch_.expired();
}

server_connection::reading server_connection::refuse(unsigned status, std::string_view detail) {
    fault_ = {status, detail};
    refused_ = true;
    return reading::refused;
}

server_connection::reading server_connection::broken_off() {
    if (watch_.expired() && !waiting_)
        return refuse(408, "the request did not come in time");
    return reading::closed;
}

asio::awaitable<server_answer> server_connection::answer_to(server_request& request) {
    const server_options& options = shared_.options;
    watch_.off();  // the handler's time is kept by until()
    if (!route_.answer && route_.other_methods.empty())
        co_return own_error(options, 404, "there is nothing at this path");
    if (!route_.answer) {
        server_answer refusal = own_error(options, 405, "the path does not take this method");
        std::string allowed;
        for (const std::string& method : route_.other_methods)
            allowed += (allowed.empty() ? "" : ", ") + method + (method == "GET" ? ", HEAD" : "");
        refusal.headers.emplace_back("Allow", std::move(allowed));
        co_return refusal;
    }
    request.captures = std::move(route_.captures);
    std::string failure;
    try {
        server_answer answer;
        const auto done = co_await until(
            after(options.handler_timeout),
            answer_by(*route_.answer, request, answer)
        );
        if (done)
            co_return answer;
    } catch (const std::exception& e) {
        failure = e.what();
    }
    co_await throw_if_cancelled();
    if (failure.empty())
        co_return own_error(options, 503, "the request took too long");
    shared_.report(request.method + " " + std::string(request.route) + ": " + failure);
    co_return own_error(options, 500, "the request failed here, not by its own fault");
}

asio::awaitable<bool> server_connection::send(const server_answer& answer) {
    keep_alive_ = keep_alive_ && !shared_.stopping && !answer.cut_off;
    write_answer(out_, answer, keep_alive_, head_only_);
    watch_.due(after(shared_.options.body_timeout));
    std::string_view wire = out_.view();
    wire.remove_suffix(std::min(wire.size(), answer.cut_off.value_or(0)));
    bool is_sent = co_await write(wire);
    out_.clear(most_kept_between);
    if (is_sent && !head_only_ && !answer.fixed_body.empty())
        is_sent = co_await write(answer.fixed_body);
    co_return is_sent;
}

// False where it failed or its time, the watch's, is over.
asio::awaitable<bool> server_connection::write(std::string_view bytes) {
    writing_ = true;
    const auto [error, written] = co_await stream_.write(bytes);
    writing_ = false;
    co_return !error && !watch_.expired();
}

asio::awaitable<void> server_connection::finish() {
    const bool has_unread = refused_ || !in_.empty();
    in_.clear();
    watch_.due(after(linger_time));
    writing_ = true;
    co_await stream_.finish_writing();
    writing_ = false;
    std::size_t dropped = 0;
    bool open = has_unread && !watch_.expired();
    while (open && dropped < most_lingering_bytes) {
        open = co_await fill();
        dropped += in_.size();
        in_.clear();
    }
    stream_.close();
}

}  // namespace otp::http
