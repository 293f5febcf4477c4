#include "common/http/name_lookup.hpp"

#include "common/async/deadline.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>
#include <utility>

namespace otp::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds fresh_for{30};

}  // namespace

struct name_lookup::state {
    state(asio::any_io_executor executor, std::string name, std::uint16_t number)
        : resolver(std::move(executor)),
          host(std::move(name)),
          port(number) {}

    tcp::resolver resolver;
    std::string host;
    std::uint16_t port;
    addresses known;
    bool is_literal = false;
    bool under_way = false;
    steady_clock::time_point renew_at = steady_clock::time_point::min();
    std::string fault;
    std::list<asio::steady_timer*> waiting;
};

name_lookup::name_lookup(asio::any_io_executor executor, std::string host, std::uint16_t port)
    : state_(std::make_shared<state>(std::move(executor), std::move(host), port)) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(state_->host, error);
    if (!error) {
        state_->is_literal = true;
        state_->known.emplace_back(address, port);
    }
}

void name_lookup::distrust() {
    state_->renew_at = steady_clock::time_point::min();
}

void name_lookup::start(const std::shared_ptr<state>& shared) {
    if (std::exchange(shared->under_way, true))
        return;
    shared->resolver.async_resolve(
        shared->host,
        std::to_string(shared->port),
        tcp::resolver::numeric_service,
        [shared](const boost::system::error_code& error, const tcp::resolver::results_type& found) {
            shared->under_way = false;
            shared->renew_at = steady_clock::now() + fresh_for;
            shared->fault = error.message();
            if (!error) {
                shared->known.clear();
                for (const auto& entry : found)
                    shared->known.push_back(entry.endpoint());
            }
            for (asio::steady_timer* waiter : shared->waiting)
                waiter->cancel();
        }
    );
}

asio::awaitable<boost::system::result<name_lookup::addresses, std::string>> name_lookup::find(
    steady_clock::time_point at
) {
    const std::shared_ptr<state> shared = state_;
    if (!shared->is_literal && steady_clock::now() >= shared->renew_at)
        start(shared);
    if (!shared->known.empty())
        co_return shared->known;

    start(shared);
    asio::steady_timer arrived(co_await asio::this_coro::executor, at);
    struct entry {
        std::list<asio::steady_timer*>& list;
        std::list<asio::steady_timer*>::iterator at;

        entry(std::list<asio::steady_timer*>& l, asio::steady_timer* timer)
            : list(l),
              at(l.insert(l.end(), timer)) {}
        ~entry() { list.erase(at); }
    } const listed(shared->waiting, &arrived);
    co_await arrived.async_wait(asio::as_tuple(asio::use_awaitable));

    co_await throw_if_cancelled();
    if (!shared->known.empty())
        co_return shared->known;
    co_return "look-up of " + shared->host + ": " +
        (shared->under_way ? std::string("time-out") : shared->fault);
}

}  // namespace otp::http
