// bench_stub [CERTIFICATE KEY]: listens on a free port of 127.0.0.1, with TLS where it is given
// both files, and says on its first line where.
#include "common/net/tls.hpp"
#include "tests/bench/stub.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <exception>
#include <iostream>
#include <optional>

int main(int argc, char** argv) {
    namespace asio = boost::asio;
    try {
        asio::io_context context(1);
        std::optional<asio::ssl::context> tls;
        if (argc == 3)
            tls = otp::net::make_server_tls(argv[1], argv[2]);
        otp::bench::stub answers(context.get_executor());
        const otp::bench::small_server server(
            context.get_executor(),
            "127.0.0.1:0",
            std::move(tls),
            [&answers](const otp::bench::link_ptr& from, const otp::bench::wire_message& request) {
                answers.handle(from, request);
            }
        );
        asio::signal_set signals(context, SIGTERM, SIGINT);
        signals.async_wait([&context](const boost::system::error_code&, int) { context.stop(); });
        std::cout << server.address() << std::endl;
        context.run();
    } catch (const std::exception& error) {
        std::cerr << "bench_stub: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
