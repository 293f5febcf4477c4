#include "verify/older/even_time.hpp"

#include "common/async/deadline.hpp"

namespace otp::older {

boost::asio::awaitable<void> until_even(std::chrono::steady_clock::time_point began) {
    constexpr std::chrono::milliseconds step{25};
    const auto passed = std::chrono::steady_clock::now() - began;
    co_await sleep_until(began + step * (passed / step + 1));
}

}  // namespace otp::older
