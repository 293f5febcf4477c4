#include "common/async/run.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <stdexcept>

namespace otp {

void run_to_end(
    boost::asio::io_context& context,
    const std::function<boost::asio::awaitable<void>()>& work
) {
    auto failure = std::make_exception_ptr(
        std::logic_error("run_to_end: the work waits for something that nothing will bring")
    );
    boost::asio::co_spawn(context, work(), [&](std::exception_ptr error) {
        failure = error;
        context.stop();
    });
    context.run();
    if (failure)
        std::rethrow_exception(failure);
}

void run_to_end(const std::function<boost::asio::awaitable<void>()>& work) {
    boost::asio::io_context context(1);
    run_to_end(context, work);
}

}  // namespace otp
