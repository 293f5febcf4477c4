// bench_probe drain JOBS IN_FLIGHT STUB   the bare worker, until so many jobs are acked
// bench_probe consume JOBS                consume and ack alone
// bench_probe store JOBS ROWS             two commits for each job alone, ROWS jobs in a statement
// bench_probe post JOBS CONNECTIONS STUB  requests alone
//
// AMQP_URL and DATABASE_URL say where the servers are. Prints how long the work itself took.
#include "common/amqp/url.hpp"
#include "common/async/run.hpp"
#include "common/async/task_group.hpp"
#include "tests/bench/limits.hpp"
#include "tests/bench/probe.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace otp::bench {
namespace {

namespace asio = boost::asio;

constexpr const char* usage = "usage: bench_probe drain|consume|store|post JOBS [...]";

amqp::connection_options broker_of_environment() {
    const char* const address = std::getenv("AMQP_URL");
    auto brokers = amqp::parse_urls(address == nullptr ? "" : address);
    if (!brokers)
        throw std::runtime_error("AMQP_URL: " + brokers.error());
    amqp::connection_options options;
    options.brokers = std::move(*brokers);
    options.connection_name = "bench_probe";
    return options;
}

std::size_t count_in(const std::vector<std::string>& words, std::size_t place) {
    if (place >= words.size())
        throw std::invalid_argument(usage);
    return std::stoul(words[place]);
}

asio::awaitable<void> with_broker(asio::any_io_executor executor, std::vector<std::string> words) {
    amqp::connection broker(executor, broker_of_environment());
    task_group tasks(executor);
    tasks.spawn([&broker] { return broker.run(); });
    const auto up =
        co_await broker.wait_up(std::chrono::steady_clock::now() + std::chrono::seconds(30));
    if (!up)
        throw std::runtime_error("the broker is not there: " + broker.last_error().what());
    if (words[0] == "consume") {
        co_await consume_alone(broker, count_in(words, 1));
    } else {
        probe_settings settings;
        settings.jobs = count_in(words, 1);
        settings.in_flight = count_in(words, 2);
        settings.provider = words.at(3);
        probe worker(executor, broker, std::move(settings));
        co_await worker.run();
    }
    broker.stop();
    co_await tasks.join();
}

asio::awaitable<void> run(asio::any_io_executor executor, std::vector<std::string> words) {
    if (words.size() < 2)
        throw std::invalid_argument(usage);
    const auto began = std::chrono::steady_clock::now();
    if (words[0] == "consume" || words[0] == "drain")
        co_await with_broker(executor, words);
    else if (words[0] == "store")
        co_await store_alone(executor, count_in(words, 1), count_in(words, 2));
    else if (words[0] == "post")
        co_await post_alone(executor, count_in(words, 1), count_in(words, 2), words.at(3));
    else
        throw std::invalid_argument(usage);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::cout << "{\"seconds\":" << took.count() << "}" << std::endl;
}

}  // namespace
}  // namespace otp::bench

int main(int argc, char** argv) {
    boost::asio::io_context context(1);
    try {
        const std::vector<std::string> words(argv + 1, argv + argc);
        otp::run_to_end(context, [&] { return otp::bench::run(context.get_executor(), words); });
    } catch (const std::exception& error) {
        std::cerr << "bench_probe: " << error.what() << "\n";
        std::_Exit(1);  // coroutines may still hold what is gone
    }
    return 0;
}
