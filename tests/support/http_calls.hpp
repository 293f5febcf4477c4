#pragma once

#include "common/async/run.hpp"
#include "common/async/task_group.hpp"
#include "common/http/client.hpp"

#include <optional>
#include <string>
#include <utility>

namespace otp::test {

inline deadline in(std::chrono::milliseconds span) {
    return std::chrono::steady_clock::now() + span;
}

inline http::request post(std::string target, std::string_view body = "a=1") {
    http::request what;
    what.target = std::move(target);
    what.head = "X-Test: 1\r\n";
    what.body = secret(body);
    return what;
}

inline http::client_options to(std::string url) {
    http::client_options options;
    options.base_url = std::move(url);
    return options;
}

// One call by a client of its own.
inline http::call_result call_once(
    const http::client_options& options,
    std::chrono::milliseconds limit = std::chrono::seconds(10)
) {
    std::optional<http::call_result> result;
    run_to_end([&]() -> boost::asio::awaitable<void> {
        http::client client(co_await boost::asio::this_coro::executor, options);
        const http::request what = post("/send");
        result = co_await client.call(what, in(limit));
    });
    return std::move(*result);
}

inline bool is_not_sent(const http::call_result& result) {
    return result.has_error() && result.error().sent == http::call_failure::certainty::not_sent;
}

inline bool is_in_doubt(const http::call_result& result) {
    return result.has_error() && result.error().sent == http::call_failure::certainty::in_doubt;
}

}  // namespace otp::test
