#pragma once

#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "common/async/turns.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace otp {

struct gatherer_bounds {
    std::size_t calls;     // under way at a time
    std::size_t requests;  // in one call
};

// Joins what many coroutines ask at the same moment into one call. While as many calls as may be
// are under way, what is asked gathers, and the next call takes all of it, up to its bound; with
// none under way a request goes at once. No timer, no added wait.
//
// Requests with one key are never under way together, be it in one call or in two: they go one
// after the other, as they came. So a crowd for one key takes one place in a call, and those with
// other keys pass it by.
//
// One thread. To be destroyed only once `tasks`, in which the calls run, was joined.
template <class Request, class Answer>
class gatherer {
public:
    // One answer for each request, in their order; what it throws, each who asked is thrown. The
    // deadline is the last of theirs.
    using call = std::function<
        boost::asio::awaitable<std::vector<Answer>>(std::vector<Request> asked, deadline at)>;

    gatherer(task_group& tasks, gatherer_bounds bounds, call make)
        : tasks_(tasks),
          bounds_(bounds),
          make_(std::move(make)) {}
    gatherer(const gatherer&) = delete;
    gatherer& operator=(const gatherer&) = delete;

    // Empty where no answer came until `at`. What had not gone by then never goes; of what had,
    // nobody knows what became. The same holds where the caller is cancelled, which is thrown as
    // operation_aborted. Neither touches the requests of others in the same call.
    boost::asio::awaitable<std::optional<Answer>> ask(std::string key, Request what, deadline at) {
        namespace asio = boost::asio;
        const auto executor = co_await asio::this_coro::executor;
        entry made{std::move(key), std::move(what), at, asio::steady_timer(executor, at)};
        const auto mine = std::make_shared<entry>(std::move(made));
        waiting_.add(mine->key, mine);
        start_call();
        co_await mine->called.async_wait(asio::as_tuple(asio::use_awaitable));
        if (mine->failure)
            std::rethrow_exception(mine->failure);
        if (mine->answer)
            co_return std::move(mine->answer);
        mine->has_left = true;
        co_await throw_if_cancelled();
        co_return std::nullopt;
    }

    // Requests that have not gone yet.
    std::size_t waiting() const noexcept { return waiting_.size(); }

private:
    // Shared by who asked and the call, either of which may end first.
    struct entry {
        std::string key;
        Request what;
        deadline at;
        boost::asio::steady_timer called;  // the deadline, and the answer by being cancelled
        std::optional<Answer> answer = {};
        std::exception_ptr failure = {};
        bool has_left = false;
    };
    using entry_ptr = std::shared_ptr<entry>;

    void start_call() {
        if (!waiting_.any_may_go() || calls_ >= bounds_.calls)
            return;
        ++calls_;
        tasks_.spawn([this] { return make_calls(); });
    }

    boost::asio::awaitable<void> make_calls() {
        // Whatever else this turn of the loop brings goes along.
        co_await boost::asio::post(boost::asio::use_awaitable);
        for (auto taken = take(); !taken.empty(); taken = take()) {
            start_call();  // where more waits than one call takes
            co_await make_one(taken);
        }
        --calls_;
    }

    std::vector<entry_ptr> take() {
        return waiting_.take(bounds_.requests, [](const entry_ptr& one) { return one->has_left; });
    }

    boost::asio::awaitable<void> make_one(const std::vector<entry_ptr>& taken) {
        std::vector<Request> asked;
        asked.reserve(taken.size());
        deadline last = deadline::min();
        for (const auto& one : taken) {
            asked.push_back(std::move(one->what));
            last = std::max(last, one->at);
        }
        std::vector<Answer> answers;
        std::exception_ptr failure;
        try {
            answers = co_await make_(std::move(asked), last);
            if (answers.size() != taken.size())
                throw std::logic_error("gatherer: a call must answer each of its requests");
        } catch (...) {
            failure = std::current_exception();  // theirs who asked: it is thrown there
        }
        for (std::size_t i = 0; i < taken.size(); ++i) {
            if (failure)
                taken[i]->failure = failure;
            else
                taken[i]->answer.emplace(std::move(answers[i]));
            taken[i]->called.cancel();
            waiting_.give_back(taken[i]->key);
        }
    }

    task_group& tasks_;
    gatherer_bounds bounds_;
    call make_;
    turns<entry_ptr> waiting_;
    std::size_t calls_ = 0;
};

}  // namespace otp
