#include "common/async/deadline.hpp"
#include "common/async/event.hpp"
#include "common/async/queue.hpp"
#include "common/async/run.hpp"
#include "common/async/task_group.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using namespace otp;
using namespace std::chrono_literals;

namespace {

asio::awaitable<int> answer_after(std::chrono::milliseconds span, int answer) {
    co_await sleep_for(span);
    co_return answer;
}

asio::awaitable<int> fail_at_once() {
    throw std::runtime_error("broken");
    co_return 0;
}

deadline in(std::chrono::milliseconds span) {
    return std::chrono::steady_clock::now() + span;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(waiting_until_a_deadline)

BOOST_AUTO_TEST_CASE(an_answer_in_time_is_returned) {
    run_to_end([]() -> asio::awaitable<void> {
        const auto answer = co_await until(in(10s), answer_after(1ms, 7));
        BOOST_REQUIRE(answer.has_value());
        BOOST_TEST(*answer == 7);
    });
}

BOOST_AUTO_TEST_CASE(a_late_answer_is_empty_and_is_not_waited_for) {
    run_to_end([]() -> asio::awaitable<void> {
        const auto begun = std::chrono::steady_clock::now();
        const auto answer = co_await until(in(5ms), answer_after(60s, 7));
        BOOST_TEST(!answer.has_value());
        BOOST_TEST((std::chrono::steady_clock::now() - begun < 30s));
    });
}

BOOST_AUTO_TEST_CASE(an_operation_whose_time_has_passed_is_never_started) {
    run_to_end([]() -> asio::awaitable<void> {
        const auto answer = co_await until(in(-1ms), fail_at_once());
        BOOST_TEST(!answer.has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_failure_is_thrown_at_once_and_not_at_the_deadline) {
    run_to_end([]() -> asio::awaitable<void> {
        const auto begun = std::chrono::steady_clock::now();
        bool thrown = false;
        try {
            co_await until(in(60s), fail_at_once());
        } catch (const std::runtime_error&) {
            thrown = true;
        }
        BOOST_TEST(thrown);
        BOOST_TEST((std::chrono::steady_clock::now() - begun < 30s));
    });
}

BOOST_AUTO_TEST_CASE(cancellation_of_the_caller_is_not_reported_as_a_timeout) {
    run_to_end([]() -> asio::awaitable<void> {
        task_group tasks(co_await asio::this_coro::executor);
        bool returned = false;
        tasks.spawn([&returned]() -> asio::awaitable<void> {
            co_await until(in(60s), answer_after(60s, 7));
            returned = true;
        });
        co_await sleep_for(1ms);
        tasks.cancel();
        co_await tasks.join();
        BOOST_TEST(!returned);
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_task_group)

BOOST_AUTO_TEST_CASE(cancels_the_siblings_of_a_task_that_throws_and_rethrows_in_join) {
    run_to_end([]() -> asio::awaitable<void> {
        task_group tasks(co_await asio::this_coro::executor);
        tasks.spawn([]() -> asio::awaitable<void> { co_await sleep_for(60s); });
        tasks.spawn([]() -> asio::awaitable<void> { co_await fail_at_once(); });
        bool thrown = false;
        try {
            co_await tasks.join();
        } catch (const std::runtime_error& e) {
            thrown = std::string(e.what()) == "broken";
        }
        BOOST_TEST(thrown);
        BOOST_TEST(tasks.size() == 0U);
    });
}

BOOST_AUTO_TEST_CASE(starts_nothing_after_it_was_cancelled) {
    run_to_end([]() -> asio::awaitable<void> {
        task_group tasks(co_await asio::this_coro::executor);
        tasks.cancel();
        bool ran = false;
        tasks.spawn([&ran]() -> asio::awaitable<void> {
            ran = true;
            co_return;
        });
        co_await tasks.join();
        BOOST_TEST(!ran);
    });
}

BOOST_AUTO_TEST_CASE(is_joined_to_its_end_by_one_who_is_cancelled_and_does_not_go_on_after) {
    run_to_end([]() -> asio::awaitable<void> {
        task_group tasks(co_await asio::this_coro::executor);
        task_group joining(co_await asio::this_coro::executor);
        bool ended = false;
        bool went_on = false;
        tasks.spawn([&ended]() -> asio::awaitable<void> {
            co_await sleep_for(20ms);
            ended = true;
        });
        joining.spawn([&tasks, &went_on]() -> asio::awaitable<void> {
            co_await tasks.join();
            went_on = true;
        });
        co_await sleep_for(1ms);
        joining.cancel();
        joining.cancel();
        co_await joining.join();
        BOOST_TEST(ended);
        BOOST_TEST(!went_on);
    });
}

BOOST_AUTO_TEST_CASE(is_joined_by_one_who_was_cancelled_before_and_wants_to_tidy_up) {
    run_to_end([]() -> asio::awaitable<void> {
        task_group tasks(co_await asio::this_coro::executor);
        task_group joining(co_await asio::this_coro::executor);
        bool ended = false;
        bool tidied_up = false;
        tasks.spawn([&ended]() -> asio::awaitable<void> {
            co_await sleep_for(20ms);
            ended = true;
        });
        joining.spawn([&]() -> asio::awaitable<void> {
            try {
                co_await sleep_for(60s);
            } catch (const boost::system::system_error&) {  // cancelled
            }
            co_await asio::this_coro::throw_if_cancelled(false);
            co_await tasks.join();
            tidied_up = ended;
        });
        co_await sleep_for(1ms);
        joining.cancel();
        co_await joining.join();
        BOOST_TEST(tidied_up);
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(an_event)

BOOST_AUTO_TEST_CASE(wakes_all_who_wait_and_by_its_deadline_where_nobody_notifies) {
    run_to_end([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        event without_end(executor);
        int woken = 0;
        task_group waiters(executor);
        for (int i = 0; i < 2; ++i)
            waiters.spawn([&]() -> asio::awaitable<void> {
                co_await without_end.wait();
                ++woken;
            });
        co_await sleep_for(5ms);
        BOOST_TEST(woken == 0);
        without_end.notify();
        co_await waiters.join();
        BOOST_TEST(woken == 2);

        const auto at = in(5ms);
        event with_end(executor, at);
        co_await with_end.wait();
        BOOST_TEST((std::chrono::steady_clock::now() >= at));
        co_await with_end.wait();
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_queue)

BOOST_AUTO_TEST_CASE(hands_over_all_that_gathered_up_to_the_limit_and_in_order) {
    run_to_end([]() -> asio::awaitable<void> {
        queue<int> values(co_await asio::this_coro::executor);
        for (int i = 0; i < 5; ++i)
            values.push(i);
        const std::vector<int> first = co_await values.take(3);
        const std::vector<int> rest = co_await values.take(3);
        BOOST_TEST(first == (std::vector<int>{0, 1, 2}), boost::test_tools::per_element());
        BOOST_TEST(rest == (std::vector<int>{3, 4}), boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(wakes_the_taker_when_a_value_comes) {
    run_to_end([]() -> asio::awaitable<void> {
        queue<int> values(co_await asio::this_coro::executor);
        task_group tasks(co_await asio::this_coro::executor);
        tasks.spawn([&values]() -> asio::awaitable<void> {
            co_await sleep_for(1ms);
            values.push(1);
        });
        const std::vector<int> taken = co_await values.take(8);
        BOOST_TEST(taken.size() == 1U);
        co_await tasks.join();
    });
}

BOOST_AUTO_TEST_CASE(gives_nothing_once_it_is_closed_and_empty) {
    run_to_end([]() -> asio::awaitable<void> {
        queue<int> values(co_await asio::this_coro::executor);
        values.push(1);
        values.close();
        const std::vector<int> last = co_await values.take(8);
        const std::vector<int> none = co_await values.take(8);
        BOOST_TEST(last.size() == 1U);
        BOOST_TEST(none.empty());
    });
}

BOOST_AUTO_TEST_SUITE_END()
