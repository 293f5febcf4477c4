#include "common/postgres/lookup.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <memory>

namespace otp::postgres {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Outlives the coroutine that waits for it.
struct question {
    question(const asio::any_io_executor& executor, deadline at)
        : resolver(executor),
          arrived(executor, at) {}

    tcp::resolver resolver;
    asio::steady_timer arrived;  // the deadline, and the event by being cancelled
    bool done = false;
    error_code failure;
    std::vector<std::string> addresses;
};

}  // namespace

asio::awaitable<boost::system::result<std::vector<std::string>, std::string>> look_up(
    std::string host,
    deadline at
) {
    auto asked = std::make_shared<question>(co_await asio::this_coro::executor, at);
    asked->resolver.async_resolve(host, "", [asked](error_code error, const auto& found) {
        asked->done = true;
        asked->failure = error;
        for (const auto& entry : found) {
            auto address = entry.endpoint().address().to_string();
            if (std::find(asked->addresses.begin(), asked->addresses.end(), address) ==
                asked->addresses.end())
                asked->addresses.push_back(std::move(address));
        }
        asked->arrived.cancel();
    });
    const auto [cut_short] =
        co_await asked->arrived.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!asked->done && cut_short)
        throw boost::system::system_error(cut_short);
    if (!asked->done)
        co_return std::string("its name was not resolved in time");
    if (asked->failure)
        co_return "its name cannot be resolved: " + asked->failure.message();
    co_return std::move(asked->addresses);
}

}  // namespace otp::postgres
