#include "common/http/client.hpp"

#include "common/core/kill_point.hpp"
#include "common/http/client_connection.hpp"
#include "common/http/host_addresses.hpp"

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

// Only what TLS hides from it goes through a proxy.
std::shared_ptr<const proxy> way_out(const client_options& options) {
    return checked_url(options.base_url).scheme == "https" ? options.through : nullptr;
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
          origin{
              checked_url(options.base_url),
              options.most_answer_bytes,
              {},
              {},
              way_out(options)},
          names(
              on,
              origin.through ? origin.through->host : origin.where.host,
              origin.through ? origin.through->port : origin.where.port
          ) {
        if (options.most_connections == 0)
            throw std::invalid_argument("a client needs room for one connection at least");
        if (origin.where.scheme != "https")
            return;
        origin.tls = net::make_client_tls(options.ca_file);
        origin.sessions.watch(origin.tls->native_handle());
    }

    std::optional<pooled> take_idle();
    void put_back(pooled connection);
    void admit_waiting();
    asio::awaitable<pooled> dial(deadline at, std::string& fault);
    call_failure not_sent(const std::string& text) const;

    asio::any_io_executor executor;
    client_options options;
    client_origin origin;
    host_addresses names;
    std::vector<pooled> idle;    // the one used last at the back: it is taken first
    std::size_t promised = 0;    // of them, to calls that were admitted and have not gone on yet
    std::size_t busy = 0;        // places given to calls
    std::size_t dials = 0;       // places whose call connects, or may
    std::deque<place*> waiting;  // the one that came first at the front
};

// The right of one call to one connection: an idle one, or one of those that may be dialled at the
// same time. First come, first served: nobody who comes later gets between.
class client::impl::place {
public:
    explicit place(impl& pool) : pool_(pool), given_(pool.executor) {}
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    ~place() {
        if (right_ == right::none) {
            std::erase(pool_.waiting, this);
            return;
        }
        use(right::connection);
        --pool_.busy;
        pool_.admit_waiting();
    }

    // False: none in time.
    asio::awaitable<bool> wait(deadline at) {
        pool_.waiting.push_back(this);
        pool_.admit_waiting();
        if (right_ == right::none) {
            given_.expires_at(at);
            co_await given_.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        co_return right_ != right::none;
    }

    // An idle connection, or none: then the call is to dial, and to say so when it has.
    std::optional<pooled> take_idle() {
        auto found = pool_.take_idle();
        use(found ? right::connection : right::dial);
        pool_.admit_waiting();  // where it might have dialled and need not
        return found;
    }
    void dialled() {
        use(right::connection);
        pool_.admit_waiting();
    }

private:
    friend struct impl;
    enum class right { none, idle, dial, connection };

    void use(right what) {
        pool_.promised -= right_ == right::idle;
        pool_.dials -= right_ == right::dial;
        pool_.dials += what == right::dial;
        right_ = what;
    }
    void admit(right what) {
        ++pool_.busy;
        pool_.promised += what == right::idle;
        pool_.dials += what == right::dial;
        right_ = what;
        given_.cancel();
    }

    impl& pool_;
    asio::steady_timer given_;
    right right_ = right::none;
};

// Hundreds that connect at once would share both sides' processors until all of them are out of
// time; so most of a burst waits for the first, and goes on over their connections.
void client::impl::admit_waiting() {
    while (!waiting.empty() && busy < options.most_connections) {
        const bool one_is_idle = idle.size() > promised;
        if (!one_is_idle && dials >= options.most_dials)
            return;
        place* const next = waiting.front();
        waiting.pop_front();
        next->admit(one_is_idle ? place::right::idle : place::right::dial);
    }
}

client::client(asio::any_io_executor executor, client_options options)
    : impl_(std::make_unique<impl>(std::move(executor), std::move(options))) {}

client::~client() = default;

std::size_t client::connections() const noexcept {
    return impl_->busy + impl_->idle.size();
}

std::size_t client::busy() const noexcept {
    return impl_->busy;
}

std::size_t client::waiting() const noexcept {
    return impl_->waiting.size();
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

    std::optional<impl::pooled> connection = place.take_idle();
    if (!connection) {
        std::string fault;
        const deadline dial_until =
            std::min(write_until, steady_clock::now() + impl_->options.connect_timeout);
        connection = co_await impl_->dial(dial_until, fault);
        place.dialled();
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
