#include "common/http/client_connection.hpp"

#include "common/http/codec/chunked.hpp"
#include "common/http/codec/retry_after.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <tuple>
#include <utility>

namespace otp::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t most_head_bytes = 32768;

std::optional<std::chrono::seconds> pause_asked_by(const answer_head& head) {
    return parse_retry_after(head.value("retry-after"), std::chrono::system_clock::now());
}

}  // namespace

client_connection::client_connection(asio::any_io_executor executor, client_origin& origin)
    : origin_(origin),
      stream_(tcp::socket(executor)),
      watch_(executor, [this] { time_is_up(); }) {}

void client_connection::time_is_up() {
    stream_.close();
    const auto at_end = std::exchange(at_end_of_rest_, nullptr);
    if (at_end)
        at_end();  // the last step: it may destroy this object
}

void client_connection::rest(deadline at, std::function<void()> at_end) {
    at_end_of_rest_ = std::move(at_end);
    watch_.due(at);
}

bool client_connection::is_open() {
    at_end_of_rest_ = nullptr;
    return !watch_.expired() && stream_.is_idle();
}

std::string client_connection::reason(const error_code& error) const {
    if (watch_.expired())
        return "time-out";
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated)
        return "closed by the other side";
    return error.message();
}

asio::awaitable<std::string> client_connection::open(tcp::endpoint to, deadline at) {
    watch_.due(at);
    std::string step = "connect";
    auto [error] = co_await stream_.connect(to);
    std::string fault;
    if (!error && origin_.through) {
        step = "proxy";
        fault = co_await open_tunnel();
        if (!fault.empty())
            error = asio::error::connection_refused;
    }
    if (!error && origin_.tls) {
        step = "TLS handshake";
        SSL* const tls = stream_.use_tls(*origin_.tls);
        net::expect_host(tls, origin_.where.host);
        origin_.sessions.offer(tls);
        std::tie(error) = co_await stream_.handshake(asio::ssl::stream_base::client);
        if (error)
            fault = net::certificate_fault(tls, origin_.where.host);
    }
    co_await throw_if_cancelled();
    reusable_ = !error && !watch_.expired();
    if (reusable_)
        co_return std::string();
    std::ostringstream text;
    text << origin_.where.origin() << ": " << step << " (" << to
         << "): " << (fault.empty() ? reason(error) : fault);
    co_return text.str();
}

asio::awaitable<call_result> client_connection::exchange(
    const request& what,
    deadline write_until,
    deadline at
) {
    reusable_ = false;
    status_.reset();
    retry_after_.reset();
    compose(what);
    watch_.due(std::min(write_until, at));
    co_await throw_if_cancelled();
    try {
        const auto [error, written] = co_await stream_.write(out_.view());
        out_.clear();
        if (error || watch_.expired())
            co_return in_doubt("writing the request: " + reason(error));
        watch_.due(at);
        call_result result = co_await read_answer(what.method == "HEAD");
        co_return result;
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted)
            throw;
    }
    co_return in_doubt("cancelled while the answer was awaited");
}

// One buffer for head and body: one write, one TLS record for all but the longest.
void client_connection::compose(const request& what) {
    const std::string host = origin_.where.authority();
    const std::string_view body = what.body.reveal();
    out_.room(
        what.method.size() + what.target.size() + host.size() + what.head.size() + body.size() + 80
    );
    out_.append(what.method);
    out_.append(" ");
    out_.append(what.target);
    out_.append(" HTTP/1.1\r\nHost: ");
    out_.append(host);
    out_.append("\r\n");
    out_.append(what.head);
    if (!body.empty() || what.method == "POST" || what.method == "PUT" || what.method == "PATCH") {
        out_.append("Content-Length: ");
        out_.append(body.size());
        out_.append("\r\n");
    }
    out_.append("\r\n");
    out_.append(body);
}

asio::awaitable<call_result> client_connection::read_answer(bool head_only) {
    answer result;
    answer_head head;
    auto failure = co_await read_head(head, result);
    if (failure)
        co_return std::move(*failure);
    if (head_only)
        head.body = framing::none;
    failure = co_await read_body(head, result.body);
    if (failure)
        co_return std::move(*failure);
    // Bytes that nobody asked for: not a connection to trust with another request.
    reusable_ = head.keep_alive && head.body != framing::until_close && in_.empty();
    in_.clear();
    co_return result;
}

// Skips interim answers, takes what is wanted from the final head and drops it from the buffer.
asio::awaitable<std::optional<call_failure>> client_connection::read_head(
    answer_head& head,
    answer& result
) {
    std::size_t looked_at = 0;
    while (result.status < 200) {
        const auto end = find_head_end(in_.view(), looked_at);
        if (!end)
            co_return in_doubt("malformed answer: " + std::string(end.error().detail));
        if (end->value_or(in_.size()) > most_head_bytes)
            co_return in_doubt("the head of the answer is over 32 KiB");
        if (!*end) {
            looked_at = in_.size();
            const error_code error = co_await fill();
            if (error)
                co_return in_doubt("reading the answer: " + reason(error));
            continue;
        }
        auto parsed = parse_answer_head(in_.view().substr(0, **end));
        if (!parsed)
            co_return in_doubt("malformed answer: " + std::string(parsed.error().detail));
        if (parsed->status == 101)
            co_return in_doubt("malformed answer: it switches protocols unasked");
        head = std::move(*parsed);
        result.status = head.status;
        result.retry_after = pause_asked_by(head);
        head.fields.clear();  // they point into what is dropped
        in_.drop_front(**end);
        looked_at = 0;
    }
    status_ = result.status;
    retry_after_ = result.retry_after;
    co_return std::nullopt;
}

asio::awaitable<std::optional<call_failure>> client_connection::read_body(
    const answer_head& head,
    secret& body
) {
    if (head.body == framing::none)
        co_return std::nullopt;
    if (head.body != framing::length) {
        wiped_buffer gathered;
        auto failure = co_await gather_body(head, gathered);
        if (!failure)
            body = secret(gathered.view());
        co_return failure;
    }
    if (head.length > origin_.most_answer_bytes)
        co_return too_long();
    body = secret::of_size(head.length);
    const std::span<char> bytes = body.bytes();
    std::size_t have = std::min(in_.size(), bytes.size());
    std::memcpy(bytes.data(), in_.view().data(), have);
    in_.drop_front(have);
    while (have < bytes.size()) {
        const auto [error, read] = co_await stream_.read_some(bytes.subspan(have));
        have += read;
        if (error || watch_.expired())
            co_return in_doubt("reading the body of the answer: " + reason(error));
    }
    co_return std::nullopt;
}

// A body whose length is known only at its end.
asio::awaitable<std::optional<call_failure>> client_connection::gather_body(
    const answer_head& head,
    wiped_buffer& body
) {
    using progress = chunked_reader::progress;
    chunked_reader chunks(origin_.most_answer_bytes);
    while (true) {
        if (head.body == framing::chunked) {
            in_.drop_front(chunks.feed(in_.view(), body));
            if (chunks.state() == progress::done)
                co_return std::nullopt;
            if (chunks.state() == progress::malformed)
                co_return in_doubt("malformed answer: its chunks are broken");
        } else {
            body.append(in_.view());
            in_.clear();
        }
        if (chunks.state() == progress::too_long || body.size() > origin_.most_answer_bytes)
            co_return too_long();
        const error_code error = co_await fill();
        // With TLS only a close_notify counts as the end: a plain FIN may be an attacker's.
        if (error == asio::error::eof && head.body == framing::until_close && !watch_.expired())
            co_return std::nullopt;
        if (error)
            co_return in_doubt("reading the body of the answer: " + reason(error));
    }
}

asio::awaitable<error_code> client_connection::fill() {
    const auto [error, read] = co_await stream_.read_some(in_.room(read_step));
    in_.commit(read);
    if (watch_.expired())
        co_return asio::error::timed_out;
    co_return error;
}

call_failure client_connection::too_long() const {
    return in_doubt(
        "the body of the answer is over " + std::to_string(origin_.most_answer_bytes) + " bytes"
    );
}

call_failure client_connection::in_doubt(const std::string& text) const {
    call_failure failure;
    failure.sent = call_failure::certainty::in_doubt;
    failure.text = origin_.where.origin() + ": " + text;
    failure.status = status_;
    failure.retry_after = retry_after_;
    if (!status_)
        read_broken_head(failure);
    return failure;
}

// The status line tells what became of the request, and the fields when to come again, even where
// the rest of the head is missing or makes no sense; where a field makes none, the status alone.
void client_connection::read_broken_head(call_failure& failure) const {
    const auto text = in_.view();
    for (const auto line_end : {text.rfind("\r\n"), text.find("\r\n")}) {
        if (line_end == std::string_view::npos)
            return;
        const auto head = parse_answer_fields(text.substr(0, line_end + 2));
        if (!head || head->status < 200)
            continue;
        failure.status = head->status;
        failure.retry_after = pause_asked_by(*head);
        return;
    }
}

}  // namespace otp::http
