#include "common/amqp/topology.hpp"

#include "common/amqp/call.hpp"
#include "common/amqp/connection.hpp"
#include "common/amqp/retry_delays.hpp"

#include <utility>

namespace otp::amqp {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t week_ms = 7LL * 24 * 60 * 60 * 1000;

// A channel that is closed when its user is done with it.
class short_channel final : public channel_events {
public:
    explicit short_channel(connection& owner) : session_(owner.current_session()) {
        if (session_)
            number_ = session_->open_channel(*this);
    }
    short_channel(const short_channel&) = delete;
    short_channel& operator=(const short_channel&) = delete;
    ~short_channel() {
        if (number_ != 0)
            session_->close_channel(number_);
    }

    void on_closed(const error&) override { number_ = 0; }

    std::shared_ptr<session>& owner() noexcept { return session_; }
    std::uint16_t number() const noexcept { return number_; }

private:
    std::shared_ptr<session> session_;
    std::uint16_t number_ = 0;
};

// The answer to the last thing asked stands for all: they come in order, and the first fault closes
// the channel.
asio::awaitable<error> end_of_all(connection& at_broker, short_channel& channel, deadline at) {
    put_qos(channel.owner()->output(), channel.number(), 1);
    call end(at_broker.executor(), at);
    end.expect(*channel.owner(), channel.number(), method_id::basic_qos_ok);
    at_broker.flush();
    co_return co_await end.answer();
}

// Without x-overflow=reject-publish the broker takes at-least-once and silently gives at most once.
table lossless_queue(std::int64_t length, std::string dead_letter_exchange) {
    return {
        {"x-queue-type", std::string("quorum")},
        {"x-dead-letter-exchange", std::move(dead_letter_exchange)},
        {"x-dead-letter-strategy", std::string("at-least-once")},
        {"x-overflow", std::string("reject-publish")},
        {"x-max-length", length}};
}

void add_dead_queue(topology& to) {
    table arguments{
        {"x-queue-type", std::string("quorum")},
        {"x-message-ttl", week_ms},
        {"x-max-length", std::int64_t{100'000}},
        {"x-overflow", std::string("drop-head")}};
    to.queues.emplace_back("otp.dead", std::move(arguments));
    to.bindings.emplace_back("otp.dead", "otp.dead", "dead");
}

void add_retry_queue(topology& to, std::uint32_t delay_ms) {
    const std::string name = retry_name(delay_ms);
    // Dead-lettering to the default exchange without a key of its own brings a message to the queue
    // named by the key it was published with.
    table arguments = lossless_queue(1'000'000, "");
    arguments.emplace_back("x-message-ttl", std::int64_t{delay_ms});
    to.exchanges.emplace_back(name, "fanout");
    to.queues.emplace_back(name, std::move(arguments));
    to.bindings.emplace_back(name, name, "");
}

}  // namespace

exchange_declaration::exchange_declaration(std::string exchange_name, std::string exchange_kind)
    : name(std::move(exchange_name)),
      kind(std::move(exchange_kind)) {}

queue_declaration::queue_declaration(std::string queue_name, table queue_arguments)
    : name(std::move(queue_name)),
      arguments(std::move(queue_arguments)) {}

binding::binding(std::string bound_queue, std::string to_exchange, std::string by_key)
    : queue(std::move(bound_queue)),
      exchange(std::move(to_exchange)),
      routing_key(std::move(by_key)) {}

void put_topology(session& to, std::uint16_t channel, const topology& wanted) {
    for (const exchange_declaration& e : wanted.exchanges) {
        put_exchange_declare(to.output(), channel, e.name, e.kind);
        to.expect(channel, method_id::exchange_declare_ok);
    }
    for (const queue_declaration& q : wanted.queues) {
        put_queue_declare(to.output(), channel, q.name, q.arguments);
        to.expect(channel, method_id::queue_declare_ok);
    }
    for (const binding& b : wanted.bindings) {
        put_queue_bind(to.output(), channel, b.queue, b.exchange, b.routing_key);
        to.expect(channel, method_id::queue_bind_ok);
    }
}

asio::awaitable<result<>> declare(connection& at_broker, topology wanted, deadline at) {
    const bool up = co_await at_broker.wait_up(at);
    if (!up)
        co_return error(errc::timeout, "no broker: " + at_broker.last_error().what());
    short_channel channel(at_broker);
    if (channel.number() == 0)
        co_return error(errc::lost, "no channel");
    put_topology(*channel.owner(), channel.number(), wanted);
    error failed = co_await end_of_all(at_broker, channel, at);
    if (failed)
        co_return failed;
    co_return result<>();
}

asio::awaitable<error> confirm_answers(connection& at_broker, deadline at) {
    short_channel channel(at_broker);
    if (channel.number() == 0)
        co_return error(errc::lost, "no channel");
    co_return co_await end_of_all(at_broker, channel, at);
}

asio::awaitable<result<queue_counts>> count_queue(
    connection& at_broker,
    std::string queue,
    deadline at
) {
    short_channel channel(at_broker);
    if (channel.number() == 0)
        co_return error(errc::lost, "no channel");
    put_queue_look(channel.owner()->output(), channel.number(), queue);
    call look(at_broker.executor(), at);
    look.expect(*channel.owner(), channel.number(), method_id::queue_declare_ok);
    at_broker.flush();
    error failed = co_await look.answer();
    if (failed)
        co_return failed;
    co_return queue_counts{look.message_count(), look.consumer_count()};
}

std::string retry_name(std::uint32_t delay_ms) {
    return "otp.retry." + std::to_string(delay_ms);
}

void add_work_queue(topology& to, std::string_view name) {
    table arguments = lossless_queue(5'000'000, "otp.dead");
    arguments.emplace_back("x-dead-letter-routing-key", std::string("dead"));
    // Each message prefetched by a process that dies counts, so this stops poison and nothing else.
    arguments.emplace_back("x-delivery-limit", std::int64_t{50});
    to.queues.emplace_back(std::string(name), std::move(arguments));
    to.bindings.emplace_back(std::string(name), "otp", std::string(name));
    if (name == "otp.send")
        to.bindings.emplace_back(std::string(name), "otp", "send");
}

topology product_topology(std::string_view queue) {
    topology made;
    made.exchanges.emplace_back("otp", "direct");
    made.exchanges.emplace_back("otp.dead", "direct");
    made.exchanges.emplace_back("otp.events", "topic");
    add_dead_queue(made);
    add_work_queue(made, queue);
    for (const std::uint32_t delay : retry_delays_ms)
        add_retry_queue(made, delay);
    return made;
}

}  // namespace otp::amqp
