#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace otp::http {

// The addresses of one host. A look-up in Asio cannot be cancelled, so it runs in the background,
// is shared by all who wait for it, and outlives us where it is slow. The last good answer stays in
// use until a better one comes.
class name_lookup {
public:
    using addresses = std::vector<boost::asio::ip::tcp::endpoint>;

    name_lookup(boost::asio::any_io_executor executor, std::string host, std::uint16_t port);

    // At once where the host was ever found (an answer older than half a minute is renewed
    // meanwhile); else waits until `at`. The error is a text safe to log. Throws operation_aborted
    // where cancelled.
    boost::asio::awaitable<boost::system::result<addresses, std::string>> find(
        std::chrono::steady_clock::time_point at
    );

    // The addresses did not work: the next find() renews them.
    void distrust();

private:
    struct state;
    static void start(const std::shared_ptr<state>& shared);

    std::shared_ptr<state> state_;
};

}  // namespace otp::http
