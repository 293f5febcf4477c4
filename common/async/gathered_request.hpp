#pragma once

#include "common/async/deadline.hpp"
#include "common/async/event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace otp {

// A request to a gatherer, shared by who asked and the call that brings the answer, either of which
// may end first.
template <class Request, class Answer>
struct gathered_request {
    gathered_request(
        boost::asio::any_io_executor executor,
        std::string of,
        Request asked,
        deadline by
    )
        : key(std::move(of)),
          what(std::move(asked)),
          at(by),
          called(executor, by) {}

    // Empty where no answer came in time; operation_aborted where the caller is cancelled.
    boost::asio::awaitable<std::optional<Answer>> answered() {
        if (!answer && !failure)  // else the call has ended before anybody waited
            co_await called.wait();
        if (failure)
            std::rethrow_exception(failure);
        if (!answer)
            co_await throw_if_cancelled();
        co_return std::move(answer);
    }

    std::string key;
    Request what;
    deadline at;
    event called;  // the answer is there, or `at` has come
    std::optional<Answer> answer = {};
    std::exception_ptr failure = {};
    bool has_left = false;
};

// Requests of one who asks. When they end, who asked has left: what has not gone yet never goes.
template <class Request, class Answer>
class gathered_requests {
public:
    using entry = std::shared_ptr<gathered_request<Request, Answer>>;

    gathered_requests() = default;
    gathered_requests(const gathered_requests&) = delete;
    gathered_requests& operator=(const gathered_requests&) = delete;
    ~gathered_requests() {
        for (const auto& one : entries_)
            one->has_left = true;
    }

    void add(entry one) { entries_.push_back(std::move(one)); }
    auto begin() const { return entries_.begin(); }
    auto end() const { return entries_.end(); }

private:
    std::vector<entry> entries_;
};

}  // namespace otp
