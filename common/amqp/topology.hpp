#pragma once

#include "common/amqp/codec/error.hpp"
#include "common/amqp/codec/session.hpp"
#include "common/amqp/codec/table.hpp"
#include "common/async/deadline.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace otp::amqp {

class connection;

// Exchanges, queues and bindings as data, all durable. Declaring is idempotent.
struct exchange_declaration {
    exchange_declaration(std::string exchange_name, std::string exchange_kind);

    std::string name;
    std::string kind;  // "direct", "fanout", "topic"
};

struct queue_declaration {
    queue_declaration(std::string queue_name, table queue_arguments);

    std::string name;
    table arguments;
};

struct binding {
    binding(std::string bound_queue, std::string to_exchange, std::string by_key);

    std::string queue;
    std::string exchange;
    std::string routing_key;
};

struct topology {
    topology() {}

    std::vector<exchange_declaration> exchanges;
    std::vector<queue_declaration> queues;
    std::vector<binding> bindings;
};

// Appends the declarations in order and expects their answers.
void put_topology(session& to, std::uint16_t channel, const topology& wanted);

// Declares on a channel of its own; waits for the connection where it is down. An error is the
// broker's word, "406 PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue …", or
// errc::timeout at `at`.
boost::asio::awaitable<result<>> declare(connection& at_broker, topology wanted, deadline at);

struct queue_counts {
    std::uint32_t messages = 0;   // that wait; those handed to consumers do not count
    std::uint32_t consumers = 0;  // 0 too where a quorum queue has no leader
};

// Asks what is on a queue, on a channel of its own. An error as with declare(): "404 NOT_FOUND - no
// queue …".
boost::asio::awaitable<result<queue_counts>> count_queue(
    connection& at_broker,
    std::string queue,
    deadline at
);

// Success where the broker answers at all by `at`, on a channel of its own. Until heartbeats are
// missed, a link that is cut looks like one on which nothing happens.
boost::asio::awaitable<error> confirm_answers(connection& at_broker, deadline at);

// How long readiness waits for the broker's word: a cut is known after this long, where missed
// heartbeats would tell it only after two intervals.
inline constexpr std::chrono::seconds readiness_limit{2};

// "otp.retry.250": exchange and queue of one of retry_delays_ms. Publish to the exchange with the
// work queue's name as routing key; after the delay the message is on that queue.
std::string retry_name(std::uint32_t delay_ms);

// All the product declares, with `queue` as the work queue: bound to exchange "otp" by its own
// name, "otp.send" also by "send".
topology product_topology(std::string_view queue);

// A further work queue.
void add_work_queue(topology& to, std::string_view name);

}  // namespace otp::amqp
