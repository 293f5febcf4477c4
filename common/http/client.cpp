#include "common/http/client.hpp"

#include "common/core/kill_point.hpp"
#include "common/http/client_connection.hpp"
#include "common/http/name_lookup.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

namespace otp::http {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

// So that a change of the host's addresses is followed even by connections that are never idle.
constexpr std::chrono::minutes most_age{5};

url checked_url(const std::string& text) {
    auto parsed = parse_url(text);
    if (!parsed)
        throw std::invalid_argument("base URL '" + text + "': " + parsed.error().text);
    return std::move(*parsed);
}

// What would let one request smuggle another, or a header: a bug of the caller.
void check(const request& what) {
    const auto is_printable = [](char c) { return c > 0x20 && c < 0x7f; };
    if (what.method.empty() || !std::ranges::all_of(what.method, is_printable))
        throw std::invalid_argument("the method of a request is one word");
    if (!what.target.starts_with('/') || !std::ranges::all_of(what.target, is_printable))
        throw std::invalid_argument(
            "the target of a request is an encoded path that begins with '/'"
        );
    const bool has_empty_line =
        what.head.starts_with("\r\n") || what.head.find("\r\n\r\n") != std::string_view::npos;
    if (has_empty_line || (!what.head.empty() && !what.head.ends_with("\r\n")))
        throw std::invalid_argument("the head of a request is lines that end in CRLF");
}

// `at`, or the moment of write_before where that is earlier, on the clock of the timers.
deadline last_moment_to_write(const request& what, deadline at) {
    if (what.write_before == boot_clock::time_point::max())
        return at;
    const auto left = std::min<boot_clock::duration>(
        what.write_before - boot_clock::now(),
        std::chrono::hours(24)
    );
    return std::min(at, steady_clock::now() + left);
}

}  // namespace

struct client::impl {
    class place;
    struct pooled {
        std::unique_ptr<client_connection> connection;
        steady_clock::time_point opened;
    };

    impl(asio::any_io_executor on, client_options given)
        : executor(on),
          options(std::move(given)),
          origin{checked_url(options.base_url), options.most_answer_bytes, {}, {}},
          names(on, origin.where.host, origin.where.port) {
        if (options.most_connections == 0)
            throw std::invalid_argument("a client needs room for one connection at least");
        if (origin.where.scheme != "https")
            return;
        origin.tls = make_client_tls(options.ca_file);
        origin.sessions.watch(origin.tls->native_handle());
    }

    std::optional<pooled> take_idle();
    void put_back(pooled connection);
    asio::awaitable<pooled> dial(deadline at, std::string& fault);
    call_failure not_sent(const std::string& text) const;

    asio::any_io_executor executor;
    client_options options;
    client_origin origin;
    name_lookup names;
    std::vector<pooled> idle;  // the one used last at the back: it is taken first
    std::size_t busy = 0;      // places given to calls
    std::deque<place*> waiting;
};

// The right of one call to one connection. First come, first served: a place given back goes to the
// call that has waited longest, and nobody who comes later gets between.
class client::impl::place {
public:
    explicit place(impl& pool) : pool_(pool), given_(pool.executor) {}
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    ~place() {
        if (!held_)
            std::erase(pool_.waiting, this);
        else if (pool_.waiting.empty())
            --pool_.busy;
        else
            hand_over();
    }

    asio::awaitable<bool> wait(deadline at) {
        if (pool_.busy < pool_.options.most_connections) {
            ++pool_.busy;
            held_ = true;
            co_return true;
        }
        pool_.waiting.push_back(this);
        given_.expires_at(at);
        co_await given_.async_wait(asio::as_tuple(asio::use_awaitable));
        co_return held_;
    }

private:
    void hand_over() {
        place* const next = pool_.waiting.front();
        pool_.waiting.pop_front();
        next->held_ = true;
        next->given_.cancel();
    }

    impl& pool_;
    asio::steady_timer given_;
    bool held_ = false;
};

client::client(asio::any_io_executor executor, client_options options)
    : impl_(std::make_unique<impl>(std::move(executor), std::move(options))) {}

client::~client() = default;

std::size_t client::connections() const noexcept {
    return impl_->busy + impl_->idle.size();
}

// The connection used last that is still open.
std::optional<client::impl::pooled> client::impl::take_idle() {
    while (!idle.empty()) {
        pooled taken = std::move(idle.back());
        idle.pop_back();
        if (taken.connection->is_open())
            return taken;
    }
    return std::nullopt;
}

void client::impl::put_back(pooled used) {
    const auto now = steady_clock::now();
    if (!used.connection->is_reusable() || now - used.opened > most_age)
        return;
    client_connection* const connection = used.connection.get();
    idle.push_back(std::move(used));
    connection->rest(now + options.idle_timeout, [this, connection] {
        std::erase_if(idle, [connection](const pooled& entry) {
            return entry.connection.get() == connection;
        });
    });
}

call_failure client::impl::not_sent(const std::string& text) const {
    call_failure failure;
    failure.text = origin.where.origin() + ": " + text;
    return failure;
}

// Tries the host's addresses in turn, each with its share of the time. A null connection means that
// none answered; `fault` tells about the last.
asio::awaitable<client::impl::pooled> client::impl::dial(deadline at, std::string& fault) {
    const auto found = co_await names.find(at);
    if (!found) {
        fault = origin.where.origin() + ": " + found.error();
        co_return pooled();
    }
    std::size_t left = found->size();
    for (const auto& endpoint : *found) {
        const auto now = steady_clock::now();
        pooled opened;
        opened.connection = std::make_unique<client_connection>(executor, origin);
        opened.opened = now;
        const deadline share = now + (at - now) / static_cast<int>(left--);
        fault = co_await opened.connection->open(endpoint, share);
        if (fault.empty())
            co_return opened;
    }
    names.distrust();
    co_return pooled();
}

asio::awaitable<call_result> client::call(const request& what, deadline at) {
    check(what);
    co_await throw_if_cancelled();
    const deadline write_until = last_moment_to_write(what, at);
    if (steady_clock::now() >= write_until)
        co_return impl_->not_sent("no time is left to write the request");

    impl::place place(*impl_);
    const bool has_place = co_await place.wait(write_until);
    co_await throw_if_cancelled();
    if (!has_place)
        co_return impl_->not_sent("no connection of the pool came free in time");

    std::optional<impl::pooled> connection = impl_->take_idle();
    if (!connection) {
        std::string fault;
        const deadline dial_until =
            std::min(write_until, steady_clock::now() + impl_->options.connect_timeout);
        connection = co_await impl_->dial(dial_until, fault);
        if (!connection->connection) {
            call_failure failure;
            failure.text = std::move(fault);
            co_return failure;
        }
    }
    kill_point("before_write");
    if (boot_clock::now() >= what.write_before || steady_clock::now() >= at) {
        impl_->put_back(std::move(*connection));
        co_return impl_->not_sent("no time is left to write the request");
    }
    call_result result = co_await connection->connection->exchange(what, write_until, at);
    impl_->put_back(std::move(*connection));
    co_return result;
}

}  // namespace otp::http
