#include "common/amqp/connection.hpp"
#include "common/amqp/consumer.hpp"
#include "common/amqp/publisher.hpp"
#include "common/amqp/topology.hpp"
#include "common/async/task_group.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <stdexcept>

namespace asio = boost::asio;
using namespace otp;
using namespace std::chrono_literals;

namespace {
std::string need(const char* name) {
    const char* v = std::getenv(name);
    if (!v)
        throw std::runtime_error(std::string(name) + " is not set");
    return v;
}
deadline in(std::chrono::milliseconds span) {
    return std::chrono::steady_clock::now() + span;
}
}  // namespace

BOOST_AUTO_TEST_CASE(smoke) {
    asio::io_context context(1);
    std::exception_ptr failure;
    auto work = [&]() -> asio::awaitable<void> {
        auto ex = context.get_executor();
        amqp::connection_options o;
        o.brokers = *amqp::parse_urls(need("AMQP_URL"));
        amqp::connection c(ex, std::move(o));
        amqp::connection_options o2;
        o2.brokers = *amqp::parse_urls(need("AMQP_URL"));
        amqp::connection c2(ex, std::move(o2));
        c.on_state = [](auto k, auto& t) { BOOST_TEST_MESSAGE(int(k) << " " << t); };
        amqp::consumer_options co;
        co.queue = "smoke";
        amqp::table args{{"x-queue-type", std::string("quorum")}};
        co.declared_first.queues.emplace_back("smoke", args);
        amqp::consumer k(c, std::move(co));
        amqp::publisher p(c2);
        task_group tasks(ex);
        tasks.spawn([&] { return c.run(); });
        tasks.spawn([&] { return c2.run(); });
        tasks.spawn([&] { return k.run(); });
        tasks.spawn([&] { return p.run(); });
        auto d = co_await amqp::declare(c, amqp::product_topology("otp.send"), in(20s));
        BOOST_TEST_REQUIRE(!d.has_error());
        while (!k.active())
            co_await sleep_for(5ms);
        std::vector<amqp::outgoing_message> v;
        for (int i = 0; i < 1000; ++i) {
            amqp::outgoing_message m;
            m.routing_key = "smoke";
            m.body = std::to_string(i);
            v.push_back(m);
        }
        auto r = co_await p.publish(std::move(v), in(10s));
        BOOST_TEST(r.size() == 1000u);
        for (auto x : r)
            BOOST_TEST(int(x) == 0);
        std::size_t got = 0;
        while (got < 1000) {
            auto ds = co_await k.receive(64);
            for (auto& x : ds) {
                BOOST_TEST(x.body == std::to_string(got));
                ++got;
                k.ack(x.tag, x.epoch);
            }
            k.flush();
        }
        BOOST_TEST(k.outstanding() == 0u);
        auto e = co_await k.cancel();
        BOOST_TEST(!e);
        k.close();
        c.stop();
        c2.stop();
        co_await tasks.join();
    };
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr e) { failure = e; });
    context.run();
    if (failure)
        std::rethrow_exception(failure);
}
