#pragma once

#include "tests/support/pipeline_bench.hpp"

// What the tests of the pipeline say of a bench.
namespace otp::test {

inline std::string tag_of(std::uint64_t tag) {
    return std::to_string(tag);
}

// Where the first line beginning with `words` stands in what the broker heard.
inline std::size_t place_of(const loopback_broker& broker, std::string_view words) {
    for (std::size_t i = 0; i < broker.heard.size(); ++i)
        if (broker.heard[i].starts_with(words))
            return i;
    return broker.heard.size();
}

inline asio::awaitable<void> acked(pipeline_bench& bench, std::uint64_t tag) {
    const std::string words = "ack " + tag_of(tag);
    co_await bench.eventually([&] { return bench.broker.has_heard(words); });
}

inline std::size_t posts(const pipeline_bench& bench) {
    return bench.twilio.size() + bench.gupshup.size();
}

// What another process asks the store for that job.
inline begin_request begun_elsewhere(const test_job& job) {
    begin_request request;
    request.request_id = job.id;
    request.tenant = request.purpose = "default";
    request.number = job.number;
    request.route = "twilio/sms";
    request.requested_at = std::chrono::system_clock::now();
    request.ttl = std::chrono::seconds(300);
    request.code_key_id = "k1";
    request.code_length = 6;
    return request;
}

// A gate that calls of one kind wait at.
struct barrier {
    explicit barrier(pipeline_bench& at, memory_delivery_store::call which) : of(which) {
        at.store.before = [this](memory_delivery_store::call now) -> asio::awaitable<void> {
            if (now != of)
                co_return;
            ++waiting;
            while (closed)
                co_await sleep_for(std::chrono::milliseconds(1));
            --waiting;
        };
    }
    memory_delivery_store::call of;
    bool closed = true;
    int waiting = 0;
};

}  // namespace otp::test
