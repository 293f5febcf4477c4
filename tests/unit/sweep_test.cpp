// A sweep page by page: a store in memory, a broker on loopback, and an interval that no test waits
// for.
#include "common/core/random.hpp"
#include "common/job/send_job.hpp"
#include "common/log/log.hpp"
#include "tests/support/memory_delivery_store.hpp"
#include "tests/support/publisher_scene.hpp"
#include "worker/sweep.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t page = 50;
constexpr std::size_t three_pages = 2 * page + 10;

// The database's, which this machine's is ahead of by that much.
store_clock clock_behind_ours(std::chrono::seconds by) {
    store_clock clock;
    clock.told(std::chrono::system_clock::now() - by, boot_clock::now());
    return clock;
}

const store_clock& right_clock() {
    static const store_clock clock = clock_behind_ours(0s);
    return clock;
}

// Runs `play(scene, store)` as a sweep begins on three pages of jobs.
template <class Play>
void with_sweep(Play play) {
    memory_delivery_store store;
    for (std::size_t i = 0; i < three_pages; ++i)
        store.accept_send(new_uuid(), "{}");
    with_ready_publisher([&](publisher_scene& scene) -> asio::awaitable<void> {
        scene.work.spawn([&] {
            return sweep_stored_jobs(
                store,
                scene.publisher,
                right_clock(),
                {1h, static_cast<int>(page)}
            );
        });
        co_await play(scene, store);
    });
}

// How many lines of that level a sweep adds where the days of events cannot be prepared.
std::uint64_t lines_where_days_fail(log::level at, store_error::kind why) {
    const auto before = log::counted(at);
    memory_delivery_store store;
    store.failures.push_back({memory_delivery_store::call::prepare_days, why});
    with_ready_publisher([&](publisher_scene& scene) -> asio::awaitable<void> {
        scene.work.spawn([&] {
            return sweep_stored_jobs(store, scene.publisher, right_clock(), {1h, 1});
        });
        const auto told = [&] { return store.failures.empty(); };
        co_await scene.eventually(told);
    });
    return log::counted(at) - before;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_sweep)

BOOST_AUTO_TEST_CASE(goes_on_at_once_after_a_full_page) {
    with_sweep([](publisher_scene& scene, memory_delivery_store&) -> asio::awaitable<void> {
        const auto all = [&] { return scene.broker.published.size() >= three_pages; };
        co_await scene.eventually(all);
        BOOST_TEST(scene.broker.published.size() == three_pages);
    });
}

BOOST_AUTO_TEST_CASE(lets_others_have_their_turn_between_two_pages) {
    with_sweep([](publisher_scene& scene, memory_delivery_store&) -> asio::awaitable<void> {
        std::set<std::size_t> seen;
        while (scene.broker.published.size() < three_pages) {
            seen.insert(scene.broker.published.size());
            co_await sleep_for(0ms);
        }
        BOOST_TEST(seen.size() > 1U, "all pages came in one turn of the loop");
    });
}

BOOST_AUTO_TEST_CASE(waits_for_its_interval_where_the_broker_did_not_take_a_page) {
    with_sweep([](publisher_scene& scene, memory_delivery_store& store) -> asio::awaitable<void> {
        scene.broker.decide = [](const amqp::outgoing_message&) {
            return loopback_broker::reply::nack;
        };
        const auto refused = [&] {
            return scene.publisher.results(amqp::publish_result::nacked) == page;
        };
        co_await scene.eventually(refused);
        const auto left = co_await store.sweep(static_cast<int>(three_pages));
        BOOST_TEST(left->size() == three_pages - page);
    });
}

BOOST_AUTO_TEST_CASE(ends_between_two_pages_where_it_is_asked_to) {
    with_sweep([](publisher_scene& scene, memory_delivery_store&) -> asio::awaitable<void> {
        scene.broker.decide = [&scene](const amqp::outgoing_message&) {
            scene.work.cancel();
            return loopback_broker::reply::confirm;
        };
        co_await scene.work.join();
        const auto one_page = [&] { return scene.broker.published.size() == page; };
        co_await scene.eventually(one_page);
    });
}

// A message that says nothing of its time itself is judged by what the sweep dates it.
BOOST_AUTO_TEST_CASE(publishes_what_workers_take_also_where_this_machine_is_ahead_of_the_database) {
    const store_clock clock = clock_behind_ours(1h);
    memory_delivery_store store;
    const auto id = new_uuid();
    store.accept_send(id, R"({"to":"+14155550100"})");
    with_ready_publisher([&](publisher_scene& scene) -> asio::awaitable<void> {
        scene.work.spawn([&] { return sweep_stored_jobs(store, scene.publisher, clock, {1h, 1}); });
        const auto told = [&] { return scene.broker.published.size() == 1; };
        co_await scene.eventually(told);
        const auto& message = scene.broker.published.front();
        job_envelope envelope;
        envelope.message_id = message.properties.message_id;
        envelope.timestamp = message.properties.timestamp;
        const auto job = parse_job(message.body, envelope, {300s, 6}, clock.now());
        BOOST_TEST_REQUIRE(job.has_value());
        BOOST_TEST((job->request_id == id));
        BOOST_TEST((job->requested_at > clock.now() - 30s));
    });
}

BOOST_AUTO_TEST_CASE(calls_it_an_error_where_the_database_refuses_to_make_days_of_events) {
    using kind = store_error::kind;
    for (const auto why : {kind::data, kind::bug})
        BOOST_TEST(lines_where_days_fail(log::level::error, why) == 1U);
    for (const auto why : {kind::unavailable, kind::busy})
        BOOST_TEST(lines_where_days_fail(log::level::error, why) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
