#include "common/log/left_out_watch.hpp"

#include "common/async/deadline.hpp"
#include "common/log/log.hpp"

namespace otp {

boost::asio::awaitable<void> tell_left_out_lines() {
    constexpr std::chrono::seconds interval{2};
    for (;;) {
        co_await sleep_for(interval);
        log::tell_left_out();
    }
}

}  // namespace otp
