// The sweep of outcomes that nobody told: tables of a real PostgreSQL, a broker on loopback, and an
// interval that no test waits for.
#include "tests/contract/delivery_store_worlds.hpp"
#include "tests/support/publisher_scene.hpp"
#include "worker/event_sweep.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t page = 50;
constexpr std::size_t three_pages = 2 * page + 10;

asio::awaitable<void> leave_untold(std::size_t count) {
    auto session = co_await needs_postgres::connect(migrated_database::address());
    fine(co_await session.run_script(
        "insert into otp.untold_event (due_at, at, request_id, tenant, purpose, status) "
        "select now(), now(), gen_random_uuid(), 'acme', 'login', 'delivered' "
        "from generate_series(1, " +
            std::to_string(count) + ")",
        soon()
    ));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(an_event_sweep)

BOOST_AUTO_TEST_CASE(goes_on_at_once_after_a_full_page_and_tells_each_once) {
    with_ready_publisher([](publisher_scene& scene) -> asio::awaitable<void> {
        co_await leave_untold(three_pages);
        const auto executor = co_await asio::this_coro::executor;
        postgres::pool database(executor, secret(migrated_database::address()), {});
        receipt_store store(database);
        scene.work.spawn([&] {
            return sweep_untold_events(store, scene.publisher, {1h, static_cast<int>(page)});
        });
        const auto all = [&] { return scene.broker.published.size() >= three_pages; };
        co_await scene.eventually(all);
        scene.work.cancel();
        co_await scene.work.join();
        BOOST_TEST(scene.broker.published.size() == three_pages);
    });
}

BOOST_AUTO_TEST_SUITE_END()
