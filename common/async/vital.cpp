#include "common/async/vital.hpp"

#include "common/async/deadline.hpp"
#include "common/config/program.hpp"
#include "common/log/log.hpp"

#include <cstdlib>
#include <exception>
#include <utility>

namespace otp {

boost::asio::awaitable<void> vital(boost::asio::awaitable<void> part) {
    try {
        co_await std::move(part);
    } catch (const std::exception& error) {
        if (is_abort(std::current_exception()))
            throw;
        log::error("bug").with("error", error.what());
        std::_Exit(static_cast<int>(exit_code::bug));
    }
}

}  // namespace otp
