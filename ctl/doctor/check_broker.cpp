#include "common/amqp/connection.hpp"
#include "common/amqp/publisher.hpp"
#include "common/amqp/topology.hpp"
#include "common/amqp/url.hpp"
#include "ctl/doctor/checks.hpp"
#include "ctl/doctor/remedies.hpp"
#include "ctl/with_broker.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

namespace otp {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds connect_limit{8};
constexpr std::chrono::seconds broker_limit{5};
constexpr int not_found = 404;

constexpr const char* declare_remedy =
    "`otpctl topology apply` declares it; a worker does so too when it starts";

// One look after the other; each adds what it finds.
class broker_examination {
public:
    broker_examination(
        amqp::connection& broker,
        amqp::publisher& publisher,
        const examined_settings& of,
        findings& into
    )
        : broker_(broker),
          publisher_(publisher),
          of_(of),
          into_(into) {}

    asio::awaitable<void> run() {
        const bool up = co_await broker_.wait_up(steady_clock::now() + connect_limit);
        if (!up) {
            const auto why = broker_.last_error().what();
            into_.fault("broker", "RabbitMQ: " + why, remedy_of_broker(why));
            co_return;
        }
        into_.fine("broker", "RabbitMQ lets us in");
        const auto wanted = amqp::product_topology(of_.queue);
        for (const auto& queue : wanted.queues)
            co_await look_at_queue(queue);
        for (const auto& exchange : wanted.exchanges)
            if (exchange.kind == "direct")
                co_await look_at_exchange(exchange.name);
    }

private:
    asio::awaitable<void> look_at_queue(const amqp::queue_declaration& wanted) {
        const auto& name = wanted.name;
        const auto counts =
            co_await amqp::count_queue(broker_, name, steady_clock::now() + broker_limit);
        if (!counts) {
            const auto why = counts.error().what();
            const bool missing = counts.error().code.value() == not_found;
            into_.fault(
                "queue " + name,
                missing ? "it does not exist" : why,
                missing ? declare_remedy : remedy_of_broker(why)
            );
            co_return;
        }
        judge_depth(name, *counts);
        co_await compare(wanted);
    }

    void judge_depth(const std::string& name, const amqp::queue_counts& counts) {
        const auto waiting = std::to_string(counts.messages) + " messages";
        if (name == "otp.dead" && counts.messages > 0)
            into_.warn("queue otp.dead", waiting + " lie on it", "`otpctl dead list` says why");
        if (name == of_.queue && counts.consumers == 0 && counts.messages > 0)
            into_.fault(
                "queue " + name,
                waiting + " wait, and no worker consumes it",
                "start a worker with this OTP_QUEUE; `otpctl pause list` tells whether it is paused"
            );
    }

    // Declaring what exists changes nothing, and names the argument that differs.
    asio::awaitable<void> compare(const amqp::queue_declaration& wanted) {
        amqp::topology only;
        only.queues.push_back(wanted);
        const auto same =
            co_await amqp::declare(broker_, std::move(only), steady_clock::now() + broker_limit);
        if (same) {
            into_.fine("queue " + wanted.name, "as it should be");
            co_return;
        }
        const auto why = same.error().what();
        into_.fault("queue " + wanted.name, why, remedy_of_broker(why));
    }

    // A message that no queue takes: the broker gives it back where the exchange is there, we may
    // write to it, and no alarm stops publishers.
    asio::awaitable<void> look_at_exchange(std::string name) {
        amqp::outgoing_message probe;
        probe.exchange = name;
        probe.routing_key = "otpctl.doctor";
        const auto result =
            co_await publisher_.publish(std::move(probe), steady_clock::now() + broker_limit);
        if (result == amqp::publish_result::unroutable)
            into_.fine("exchange " + name, "takes messages");
        else if (broker_.blocked())
            into_.fault(
                "broker",
                "it is under a memory or disk alarm and takes no messages",
                "free disk or memory there: `rabbitmq-diagnostics alarms` says which"
            );
        else
            into_.fault(
                "exchange " + name,
                "a message to it gets no answer: it does not exist, or the user may not write to "
                "it",
                std::string(declare_remedy) + "; the user's rights are in docs/operations.md"
            );
    }

    amqp::connection& broker_;
    amqp::publisher& publisher_;
    const examined_settings& of_;
    findings& into_;
};

asio::awaitable<void> examine(
    amqp::connection& broker,
    task_group& tasks,
    const examined_settings& of,
    findings& into
) {
    const auto publisher = std::make_shared<amqp::publisher>(broker);
    tasks.spawn([publisher] { return publisher->run(); });
    broker_examination examination(broker, *publisher, of, into);
    co_await examination.run();
}

}  // namespace

asio::awaitable<void> check_broker(const examined_settings& of, findings& into) {
    if (of.amqp_url.empty())
        co_return;
    auto brokers = amqp::parse_urls(of.amqp_url.reveal());
    if (!brokers) {
        into.fault("broker", "AMQP_URL: " + brokers.error(), remedy_of_setting("AMQP_URL"));
        co_return;
    }
    amqp::connection_options options;
    options.brokers = std::move(*brokers);
    options.ca_file = of.amqp_ca_file;
    options.connection_name = "otpctl doctor";
    const broker_work look = [&](amqp::connection& broker, task_group& tasks) {
        return examine(broker, tasks, of, into);
    };
    try {
        co_await with_broker(std::move(options), look);
    } catch (const std::invalid_argument& e) {
        into.fault(
            "broker",
            std::string("AMQP_CA_FILE: ") + e.what(),
            "name a file of certificates in PEM, or leave AMQP_CA_FILE out"
        );
    }
}

}  // namespace otp
