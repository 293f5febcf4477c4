#include "common/amqp/connection.hpp"
#include "common/async/task_group.hpp"
#include "common/log/log.hpp"
#include "verify/check/settled_events.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

namespace asio = boost::asio;
using namespace otp;

namespace {

amqp::connection_options somewhere() {
    amqp::connection_options options;
    options.brokers.emplace_back();
    return options;
}

// Events for a broker that is away.
struct stranded_events {
    asio::io_context context{1};
    amqp::connection connection{context.get_executor(), somewhere()};
    amqp::publisher publisher{connection};
    task_group tasks{context.get_executor()};
    settled_events events{publisher, tasks};

    void tell() {
        outcome_event event;
        event.kind = "verification";
        event.status = "approved";
        events.tell(event);
    }

    void give_up() {
        tasks.cancel();
        context.run();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(events_of_verifications)

BOOST_AUTO_TEST_CASE(wait_for_the_broker_by_the_thousand_and_more_are_dropped_with_a_line_each) {
    stranded_events on;
    const auto before = log::counted(log::level::warning);
    for (int i = 0; i < 1024; ++i)
        on.tell();
    BOOST_TEST(log::counted(log::level::warning) == before);
    on.tell();
    on.tell();
    BOOST_TEST(on.tasks.size() == 1024U);
    BOOST_TEST(log::counted(log::level::warning) - before == 2U);
    on.give_up();
}

BOOST_AUTO_TEST_SUITE_END()
