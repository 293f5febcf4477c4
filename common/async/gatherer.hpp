#pragma once

#include "common/async/deadline.hpp"
#include "common/async/gathered_request.hpp"
#include "common/async/task_group.hpp"
#include "common/async/turns.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
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
    std::size_t calls;     // under way at a time; a further one only where it is full
    std::size_t requests;  // in one call
};

// Joins what many coroutines ask at the same moment into one call. While a call is under way, what
// is asked gathers, and the next call takes all of it; with none under way a request goes at once.
// Where more gathers than one call takes, further calls go beside it. No timer, no added wait.
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
        std::vector<std::pair<std::string, Request>> alone;
        alone.emplace_back(std::move(key), std::move(what));
        auto answers = co_await ask_all(std::move(alone), at);
        co_return std::move(answers.front());
    }

    // The same for several, each with its key, which come at one moment; the answers in their
    // order.
    boost::asio::awaitable<std::vector<std::optional<Answer>>> ask_all(
        std::vector<std::pair<std::string, Request>> each,
        deadline at
    ) {
        const auto executor = co_await boost::asio::this_coro::executor;
        gathered_requests<Request, Answer> mine;
        for (auto& [key, what] : each) {
            auto one = std::make_shared<entry>(executor, std::move(key), std::move(what), at);
            waiting_.add(one->key, one);
            mine.add(std::move(one));
        }
        start_call();
        std::vector<std::optional<Answer>> answers;
        for (const auto& one : mine) {
            auto answer = co_await one->answered();
            answers.push_back(std::move(answer));
        }
        co_return answers;
    }

    // Requests that have not gone yet.
    std::size_t waiting() const noexcept { return waiting_.size(); }

private:
    using entry = gathered_request<Request, Answer>;
    using entry_ptr = std::shared_ptr<entry>;

    void start_call() {
        const bool is_worth_it = calls_ == 0 || waiting_.size() >= bounds_.requests;
        if (!waiting_.any_may_go() || calls_ >= bounds_.calls || !is_worth_it)
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
            taken[i]->called.notify();
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
