#pragma once

#include "common/amqp/connection.hpp"
#include "common/amqp/consumer.hpp"
#include "common/async/event.hpp"
#include "common/async/queue.hpp"
#include "common/async/task_group.hpp"
#include "common/otp/keys.hpp"
#include "common/postgres/connection.hpp"
#include "tests/bench/narrow_table.hpp"
#include "tests/bench/small_client.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace otp::bench {

struct probe_settings {
    std::size_t jobs = 0;       // it ends when so many were acked
    std::size_t in_flight = 0;  // begun and not ended
    std::string provider;       // address:port of the stub
};

// The least that a worker can do and keep its word: the intent's row is committed, then the request
// leaves on a kept-alive connection, its outcome is committed, and only then the message is acked.
// One thread, one narrow table, two sessions; what waits when a session falls free is its next
// batch. No rules, retries, JSON, events or metrics: an upper mark for a real worker.
class probe {
public:
    probe(boost::asio::any_io_executor executor, amqp::connection& broker, probe_settings settings);

    boost::asio::awaitable<void> run();

private:
    boost::asio::awaitable<void> take_jobs();
    boost::asio::awaitable<void> begin();
    boost::asio::awaitable<void> finish();
    boost::asio::awaitable<void> end_when_done(task_group& tasks);
    void post(narrow_job job);
    static amqp::consumer_options subscription(std::size_t in_flight);

    boost::asio::any_io_executor executor_;
    probe_settings settings_;
    amqp::consumer consumer_;
    small_client provider_;
    key hash_key_;
    queue<narrow_job> to_begin_;
    queue<narrow_job> to_finish_;
    event room_;
    std::size_t in_flight_ = 0;
    std::size_t acked_ = 0;
    std::optional<postgres::connection> intents_;
    std::optional<postgres::connection> outcomes_;
};

}  // namespace otp::bench
