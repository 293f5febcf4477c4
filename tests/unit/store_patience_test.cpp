#include "common/async/run.hpp"
#include "common/async/task_group.hpp"
#include "worker/delivery/store_patience.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <functional>
#include <optional>

namespace asio = boost::asio;
using namespace otp;
using namespace std::chrono_literals;
using kind = store_error::kind;

namespace {

void run(const std::function<asio::awaitable<void>()>& work) {
    log::set_level(log::level::error);
    run_to_end(work);
}

// A store that gives these errors first, then 42.
struct failing_store {
    std::deque<kind> faults;
    int asked = 0;

    asio::awaitable<store_result<int>> operator()() {
        ++asked;
        if (faults.empty())
            co_return 42;
        const kind why = faults.front();
        faults.pop_front();
        co_return store_error(why, "no");
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(asking_patiently)

BOOST_AUTO_TEST_CASE(asks_until_there_is_an_answer) {
    run([]() -> asio::awaitable<void> {
        unanswered open;
        failing_store store{{kind::unavailable, kind::busy, kind::bug}};
        const auto answer = co_await ask_patiently("test", store, open);
        BOOST_TEST_REQUIRE(answer.has_value());
        BOOST_TEST(*answer == 42);
        BOOST_TEST(store.asked == 4);
    });
}

BOOST_AUTO_TEST_CASE(gives_a_data_error_back_at_once) {
    run([]() -> asio::awaitable<void> {
        unanswered open;
        failing_store store{{kind::data}};
        const auto answer = co_await ask_patiently("test", store, open);
        BOOST_TEST_REQUIRE(answer.has_error());
        BOOST_TEST((answer.error().why == kind::data));
        BOOST_TEST(store.asked == 1);
    });
}

BOOST_AUTO_TEST_CASE(ends_when_it_is_cancelled) {
    run([]() -> asio::awaitable<void> {
        unanswered open;
        failing_store store{std::deque<kind>(1000, kind::unavailable)};
        bool answered = false;
        task_group asking(co_await asio::this_coro::executor);
        asking.spawn([&]() -> asio::awaitable<void> {
            co_await ask_patiently("test", store, open);
            answered = true;
        });
        co_await sleep_for(1ms);
        asking.cancel();
        co_await asking.join();
        BOOST_TEST(!answered);
        BOOST_TEST(store.asked < 1000);
        BOOST_TEST(!open.is_overdue(std::chrono::steady_clock::now() + 1h));
    });
}

BOOST_AUTO_TEST_CASE(is_overdue_after_five_seconds_without_an_answer_and_not_after_one) {
    run([]() -> asio::awaitable<void> {
        unanswered open;
        const auto begun = std::chrono::steady_clock::now();
        bool was_overdue = false;
        auto ask = [&]() -> asio::awaitable<store_result<int>> {
            const auto now = std::chrono::steady_clock::now();
            was_overdue = open.is_overdue(now + 5001ms) && !open.is_overdue(begun + 4999ms);
            co_return 42;
        };
        co_await ask_patiently("test", ask, open);
        BOOST_TEST(was_overdue);
        BOOST_TEST(!open.is_overdue(std::chrono::steady_clock::now() + 1h));
    });
}

BOOST_AUTO_TEST_CASE(is_overdue_by_the_oldest_question) {
    const unanswered::time_point start(1h);
    unanswered open;
    std::optional<unanswered::question> oldest;
    oldest.emplace(open, start);
    const unanswered::question newer(open, start + 4s);
    BOOST_TEST(!open.is_overdue(start + 5s));
    BOOST_TEST(open.is_overdue(start + 6s));
    oldest.reset();
    BOOST_TEST(!open.is_overdue(start + 6s));
    BOOST_TEST(open.is_overdue(start + 10s));
}

BOOST_AUTO_TEST_SUITE_END()
