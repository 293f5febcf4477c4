// bench_check_load SERVER CONNECTIONS RATE: asks a check endpoint; the items come by stdin, a line
// "+NUMBER CODE" each, the caller's key by OTP_API_KEY. Prints a JSON object.
#include "tests/bench/check_load.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: bench_check_load SERVER CONNECTIONS RATE < ITEMS\n";
        return 64;
    }
    try {
        std::vector<otp::bench::check_item> items;
        for (otp::bench::check_item item; std::cin >> item.number >> item.code;)
            items.push_back(item);
        const char* const key = std::getenv("OTP_API_KEY");
        otp::bench::load_settings settings;
        settings.server = argv[1];
        settings.connections = std::stoul(argv[2]);
        settings.rate = std::stod(argv[3]);
        settings.key = key == nullptr ? "" : key;
        boost::asio::io_context context(1);
        otp::bench::check_load load(context.get_executor(), std::move(settings), std::move(items));
        load.start();
        context.run();  // ends when nothing is under way
        std::cout << load.report() << std::endl;
    } catch (const std::exception& error) {
        std::cerr << "bench_check_load: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
