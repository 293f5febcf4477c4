// bench_publish COUNT FIRST_NUMBER [RATE [AGE]]: jobs to the queue at AMQP_URL, so many a second,
// or with no rate or 0 as fast as the broker takes them; asked for so many seconds ago. Ends when
// all are confirmed.
#include "common/amqp/connection.hpp"
#include "common/amqp/url.hpp"
#include "common/async/run.hpp"
#include "common/async/task_group.hpp"
#include "tests/bench/publish.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace otp::bench {
namespace {

namespace asio = boost::asio;

constexpr std::size_t window = 4000;

asio::awaitable<void> run(asio::any_io_executor executor, std::vector<std::string> words) {
    if (words.size() < 2)
        throw std::invalid_argument("usage: bench_publish COUNT FIRST_NUMBER [RATE [AGE]]");
    const char* const address = std::getenv("AMQP_URL");
    auto brokers = amqp::parse_urls(address == nullptr ? "" : address);
    if (!brokers)
        throw std::invalid_argument("AMQP_URL: " + brokers.error());
    amqp::connection_options options;
    options.brokers = std::move(*brokers);
    options.connection_name = "bench_publish";
    amqp::connection broker(executor, std::move(options));
    amqp::publisher publisher(broker, window);
    task_group tasks(executor);
    tasks.spawn([&broker] { return broker.run(); });
    tasks.spawn([&publisher] { return publisher.run(); });
    job_supply jobs;
    jobs.count = std::stoul(words[0]);
    jobs.first_number = std::stoull(words[1]);
    const double rate = words.size() > 2 ? std::stod(words[2]) : 0;
    if (words.size() > 3)
        jobs.age = std::chrono::seconds(std::stoul(words[3]));
    if (rate > 0)
        co_await publish_paced(publisher, jobs, rate);
    else
        co_await publish_all(publisher, jobs);
    broker.stop();
    co_await tasks.join();
}

}  // namespace
}  // namespace otp::bench

int main(int argc, char** argv) {
    boost::asio::io_context context(1);
    try {
        const std::vector<std::string> words(argv + 1, argv + argc);
        otp::run_to_end(context, [&] { return otp::bench::run(context.get_executor(), words); });
    } catch (const std::exception& error) {
        std::cerr << "bench_publish: " << error.what() << "\n";
        std::_Exit(1);  // coroutines may still hold what is gone
    }
    return 0;
}
