#include "common/http/watchdog.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>

namespace asio = boost::asio;
using namespace otp;
using namespace std::chrono_literals;

namespace {

deadline in(std::chrono::milliseconds span) {
    return std::chrono::steady_clock::now() + span;
}

// A watchdog and how often it has called; run() lets time pass until nothing is due any more.
struct watched {
    asio::io_context context{1};
    int calls = 0;
    std::optional<http::watchdog> watch{std::in_place, context.get_executor(), [this] { ++calls; }};

    void run() {
        context.restart();
        context.run();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_watchdog)

BOOST_AUTO_TEST_CASE(calls_once_when_its_time_passes) {
    watched w;
    w.watch->due(in(1ms));
    BOOST_TEST(!w.watch->expired());
    w.run();
    BOOST_TEST(w.watch->expired());
    BOOST_TEST(w.calls == 1);
}

BOOST_AUTO_TEST_CASE(watches_again_once_it_is_given_another_time) {
    watched w;
    w.watch->due(in(1ms));
    w.run();
    w.watch->due(in(1ms));
    BOOST_TEST(!w.watch->expired());
    w.run();
    BOOST_TEST(w.watch->expired());
    BOOST_TEST(w.calls == 2);
}

BOOST_AUTO_TEST_CASE(goes_by_the_last_time_it_was_given) {
    watched w;
    w.watch->due(in(60s));
    w.watch->due(in(1ms));
    w.run();
    BOOST_TEST(w.calls == 1);
    w.watch->due(in(1ms));
    w.watch->due(in(20ms));
    const auto begun = std::chrono::steady_clock::now();
    w.run();
    BOOST_TEST(w.calls == 2);
    BOOST_TEST((std::chrono::steady_clock::now() - begun >= 10ms));
}

BOOST_AUTO_TEST_CASE(calls_nothing_once_it_is_off_or_gone) {
    watched w;
    w.watch->due(in(1ms));
    w.watch->off();
    w.run();
    w.watch->due(in(1ms));
    w.watch.reset();
    w.run();
    BOOST_TEST(w.calls == 0);
}

BOOST_AUTO_TEST_CASE(may_be_destroyed_by_what_it_calls) {
    asio::io_context context(1);
    std::optional<http::watchdog> watch;
    int calls = 0;
    watch.emplace(context.get_executor(), [&] {
        watch.reset();
        ++calls;
    });
    watch->due(in(1ms));
    context.run();
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_SUITE_END()
