// What operators paused, obeyed by a worker. The database is not asked here.
#include "common/config/program.hpp"
#include "tests/support/pipeline_scene.hpp"
#include "worker/pauses.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

struct pause_scene {
    explicit pause_scene(pipeline_bench& bench)
        : lines(bench.lines),
          database(bench.executor, secret("host=127.0.0.1 port=1"), {}),
          rows(database),
          all(rows, bench.lines, bench.consumer, bench.jobs, "otp.send") {}

    bool has_room(const char* provider) {
        return lines.find(provider, "sms")->entrance.wait(std::chrono::steady_clock::now()) == 0ms;
    }

    provider_lines& lines;
    postgres::pool database;
    pause_store rows;
    pauses all;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_pause)

BOOST_AUTO_TEST_CASE(of_a_provider_takes_its_room_until_it_is_over) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        pause_scene scene(bench);
        const paused_one twilio{"provider", "twilio", "maintenance"};
        const std::vector<paused_one> told{twilio};
        co_await scene.all.obey(told);
        BOOST_TEST(!scene.has_room("twilio"));
        BOOST_TEST(scene.has_room("gupshup"));
        const std::vector<paused_one> none;
        co_await scene.all.obey(none);
        BOOST_TEST(scene.has_room("twilio"));
    });
}

BOOST_AUTO_TEST_CASE(of_the_queue_holds_its_consumer_until_it_is_over) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        pause_scene scene(bench);
        const paused_one queue{"queue", "otp.send", "maintenance"};
        const paused_one other{"queue", "otp.other", "maintenance"};
        const std::vector<paused_one> told{other, queue};
        co_await scene.all.obey(told);
        BOOST_TEST(bench.consumer.held());
        BOOST_TEST_REQUIRE(scene.all.of_queue() != nullptr);
        BOOST_TEST(scene.all.of_queue()->reason == "maintenance");
        const std::vector<paused_one> only_other{other};
        co_await scene.all.obey(only_other);
        BOOST_TEST(!bench.consumer.held());
        BOOST_TEST(bench.consumer.active());
        BOOST_TEST(scene.all.of_queue() == nullptr);
    });
}

BOOST_AUTO_TEST_CASE(that_is_told_again_changes_nothing_again) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        pause_scene scene(bench);
        const paused_one twilio{"provider", "twilio", "maintenance"};
        const std::vector<paused_one> told{twilio};
        co_await scene.all.obey(told);
        auto& entrance = scene.lines.find("twilio", "sms")->entrance;
        entrance.set_paused(false);  // so that it would be seen to be touched
        co_await scene.all.obey(told);
        BOOST_TEST(scene.has_room("twilio"));
        entrance.set_paused(true);
        const std::vector<paused_one> none;
        co_await scene.all.obey(none);
        BOOST_TEST(scene.has_room("twilio"));
    });
}

BOOST_AUTO_TEST_CASE(holds_the_line_that_takes_the_place_of_a_paused_one) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        pause_scene scene(bench);
        const paused_one twilio{"provider", "twilio", "maintenance"};
        const std::vector<paused_one> told{twilio};
        co_await scene.all.obey(told);
        bench.replace_lines({"TWILIO_AUTH_TOKEN"});
        scene.all.hold_lanes();
        BOOST_TEST(!scene.has_room("twilio"));
        BOOST_TEST(scene.has_room("gupshup"));
    });
}

BOOST_AUTO_TEST_CASE(is_to_be_known_before_a_worker_starts) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        pause_scene scene(bench);
        const auto at = std::chrono::steady_clock::now() + 300ms;
        auto ended_with = exit_code::fine;
        try {
            co_await scene.all.await_first(at);
        } catch (const exit_with& e) {
            ended_with = e.code;
        }
        BOOST_TEST((ended_with == exit_code::unavailable));
    });
}

BOOST_AUTO_TEST_SUITE_END()
