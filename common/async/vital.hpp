#pragma once

#include <boost/asio/awaitable.hpp>

namespace otp {

// Awaits a part that a program cannot be without: one that failed would leave a process that looks
// alive and does nothing. Where it throws, the process ends here, with exit code 70 and a line
// "bug", and with nothing tidied up that others still use: what was not acked comes again, what was
// not answered is asked again. Only that it was cancelled is thrown on.
boost::asio::awaitable<void> vital(boost::asio::awaitable<void> part);

}  // namespace otp
