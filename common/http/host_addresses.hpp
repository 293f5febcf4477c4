#pragma once

#include "common/async/deadline.hpp"
#include "common/net/name_lookup.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace otp::http {

// The addresses of one host, whose look-up all share who wait for it. The last good answer stays in
// use until a better one comes. Must outlive its callers.
class host_addresses {
public:
    using addresses = std::vector<boost::asio::ip::tcp::endpoint>;

    host_addresses(boost::asio::any_io_executor executor, std::string host, std::uint16_t port);

    // At once where the host was ever found (an answer older than half a minute is renewed
    // meanwhile); else waits until `at`. The error is a text safe to log. Throws operation_aborted
    // where cancelled.
    boost::asio::awaitable<boost::system::result<addresses, std::string>> find(deadline at);

    // The addresses did not work: the next find() renews them.
    void distrust() { renew_at_ = deadline::min(); }

private:
    void renew_where_due();
    void take_answer();

    boost::asio::any_io_executor executor_;
    std::string host_;
    std::uint16_t port_;
    addresses known_;
    std::optional<net::name_lookup> asked_;  // under way
    deadline renew_at_ = deadline::min();
};

}  // namespace otp::http
