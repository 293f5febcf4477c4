#include "tests/bench/probe.hpp"

#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "tests/bench/wire.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace otp::bench {

namespace asio = boost::asio;

namespace {

// All of the head but the length never changes.
constexpr std::string_view head =
    "POST /2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json HTTP/1.1\r\n"
    "Host: 127.0.0.1\r\nAuthorization: Basic "
    "QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjptYWRlLXVwLWF1dGgtdG9rZW4=\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nAccept: application/json\r\n"
    "Content-Length: ";
constexpr std::string_view words =
    "+is+your+Acme+code.+It+is+valid+for+5+min.+Do+not+share+it+with+anyone.&ValidityPeriod=299";

std::int64_t number_in(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// Six digits of the tag: what a code is made from, without the care for bias.
std::string digits_of(const code_tag& tag) {
    const auto value = (tag[0] << 16 | tag[1] << 8 | tag[2]) % 1'000'000;
    std::string digits = std::to_string(value);
    return std::string(6 - digits.size(), '0') + digits;
}

// One HMAC for each job.
narrow_job read_job(const amqp::delivery& message, const key& hash_key) {
    narrow_job job;
    const auto id = parse_uuid(message.properties.message_id);
    const auto number = between(message.body, "\"to\":\"+", '"');
    if (!id || number.empty())
        throw std::runtime_error("a message on the queue is no job of bench_publish");
    job.id = *id;
    job.number = number_in(number);
    job.tag = tag_code(hash_key, {"bench", number, "login"}, message.properties.message_id);
    job.place = message.tag;
    job.epoch = message.epoch;
    return job;
}

}  // namespace

probe::probe(asio::any_io_executor executor, amqp::connection& broker, probe_settings settings)
    : executor_(executor),
      settings_(std::move(settings)),
      consumer_(broker, subscription(settings_.in_flight)),
      provider_(executor, settings_.provider),
      hash_key_{"h1", secret(std::string(32, 'h'))},
      to_begin_(executor),
      to_finish_(executor),
      room_(executor) {}

amqp::consumer_options probe::subscription(std::size_t in_flight) {
    amqp::consumer_options options;
    options.queue = "otp.send";
    options.prefetch = static_cast<std::uint16_t>(2 * in_flight + 2 * most_rows);
    return options;
}

asio::awaitable<void> probe::run() {
    intents_.emplace(co_await connect_narrow());
    outcomes_.emplace(co_await connect_narrow());
    task_group tasks(executor_);
    tasks.spawn([this] { return consumer_.run(); });
    tasks.spawn([this] { return take_jobs(); });
    tasks.spawn([this] { return begin(); });
    tasks.spawn([this] { return finish(); });
    tasks.spawn([this, &tasks] { return end_when_done(tasks); });
    co_await tasks.join();
}

// An ack has no answer; but when cancel() has got its own, all acks before it have arrived.
asio::awaitable<void> probe::end_when_done(task_group& tasks) {
    while (acked_ < settings_.jobs)
        co_await room_.wait();
    co_await consumer_.cancel();
    consumer_.close();
    tasks.cancel();
}

asio::awaitable<void> probe::take_jobs() {
    for (;;) {
        const auto messages = co_await consumer_.receive(most_rows);
        if (messages.empty())
            co_return;
        for (const auto& message : messages)
            to_begin_.push(read_job(message, hash_key_));
    }
}

asio::awaitable<void> probe::begin() {
    for (;;) {
        while (in_flight_ >= settings_.in_flight)
            co_await room_.wait();
        auto jobs = co_await to_begin_.take(std::min(most_rows, settings_.in_flight - in_flight_));
        in_flight_ += jobs.size();
        co_await store_intents(*intents_, jobs);
        for (auto& job : jobs)
            post(std::move(job));
    }
}

void probe::post(narrow_job job) {
    const std::string body = "To=%2B" + std::to_string(job.number) +
                             "&From=%2B15005550006&Body=" + digits_of(job.tag) + std::string(words);
    std::string request;
    request.reserve(512);
    request.append(head).append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    provider_.ask(
        request,
        [this, job = std::move(job)](unsigned status, std::string_view answer) mutable {
            job.sid = between(answer, "\"sid\":\"", '"');
            if (status != 201 || job.sid.empty())
                throw std::runtime_error("the provider answered " + std::to_string(status));
            to_finish_.push(std::move(job));
        }
    );
}

asio::awaitable<void> probe::finish() {
    for (;;) {
        const auto jobs = co_await to_finish_.take(most_rows);
        co_await store_outcomes(*outcomes_, jobs);
        for (const auto& job : jobs)
            consumer_.ack(job.place, job.epoch);
        consumer_.flush();
        in_flight_ -= jobs.size();
        acked_ += jobs.size();
        room_.notify();
    }
}

}  // namespace otp::bench
