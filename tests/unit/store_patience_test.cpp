#include "common/async/task_group.hpp"
#include "worker/delivery/store_patience.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <deque>
#include <exception>

namespace asio = boost::asio;
using namespace otp;
using namespace std::chrono_literals;
using kind = store_error::kind;

namespace {

template <class Work>
void run(Work work) {
    log::set_level(log::level::error);
    asio::io_context context(1);
    std::exception_ptr failure;
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr error) { failure = error; });
    context.run();
    if (failure)
        std::rethrow_exception(failure);
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
        failing_store store{{kind::unavailable, kind::busy, kind::bug}};
        const auto answer = co_await ask_patiently("test", store);
        BOOST_TEST_REQUIRE(answer.has_value());
        BOOST_TEST(*answer == 42);
        BOOST_TEST(store.asked == 4);
    });
}

BOOST_AUTO_TEST_CASE(gives_a_data_error_back_at_once) {
    run([]() -> asio::awaitable<void> {
        failing_store store{{kind::data}};
        const auto answer = co_await ask_patiently("test", store);
        BOOST_TEST_REQUIRE(answer.has_error());
        BOOST_TEST((answer.error().why == kind::data));
        BOOST_TEST(store.asked == 1);
    });
}

BOOST_AUTO_TEST_CASE(ends_when_it_is_cancelled) {
    run([]() -> asio::awaitable<void> {
        failing_store store{std::deque<kind>(1000, kind::unavailable)};
        bool answered = false;
        task_group asking(co_await asio::this_coro::executor);
        asking.spawn([&]() -> asio::awaitable<void> {
            co_await ask_patiently("test", store);
            answered = true;
        });
        co_await sleep_for(1ms);
        asking.cancel();
        co_await asking.join();
        BOOST_TEST(!answered);
        BOOST_TEST(store.asked < 1000);
    });
}

BOOST_AUTO_TEST_SUITE_END()
