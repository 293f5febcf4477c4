// bench_check_probe: the bare check endpoint on a free port of 127.0.0.1, over the database at
// DATABASE_URL. Says on its first line where.
#include "common/async/run.hpp"
#include "common/async/task_group.hpp"
#include "tests/bench/check_probe.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>

int main() {
    namespace asio = boost::asio;
    asio::io_context context(1);
    try {
        otp::bench::check_probe probe(context.get_executor());
        const otp::bench::small_server server(
            context.get_executor(),
            "127.0.0.1:0",
            std::nullopt,
            [&probe](const otp::bench::link_ptr& from, const otp::bench::wire_message& request) {
                probe.handle(from, request);
            }
        );
        asio::signal_set signals(context, SIGTERM, SIGINT);
        signals.async_wait([](const boost::system::error_code&, int) { std::_Exit(0); });
        std::cout << server.address() << std::endl;
        otp::run_to_end(context, [&] { return probe.run(); });
    } catch (const std::exception& error) {
        std::cerr << "bench_check_probe: " << error.what() << "\n";
        std::_Exit(1);
    }
    return 0;
}
