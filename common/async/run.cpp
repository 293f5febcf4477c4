#include "common/async/run.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace otp {

void run_to_end(
    boost::asio::io_context& context,
    const std::function<boost::asio::awaitable<void>()>& work
) {
    std::exception_ptr failure;
    boost::asio::co_spawn(context, work(), [&](std::exception_ptr error) {
        failure = error;
        context.stop();
    });
    context.run();
    if (failure)
        std::rethrow_exception(failure);
}

}  // namespace otp
