#pragma once

#include "common/async/deadline.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <vector>

namespace otp::postgres {

// The addresses of `host`, as numbers, in the order of the system's resolver. Fails with what the
// resolver said. A look-up cannot be cancelled: at the deadline it is left behind and ends by
// itself.
boost::asio::awaitable<boost::system::result<std::vector<std::string>, std::string>> look_up(
    std::string host,
    deadline at
);

}  // namespace otp::postgres
