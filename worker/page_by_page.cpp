#include "worker/page_by_page.hpp"

#include "common/async/deadline.hpp"

namespace otp {

boost::asio::awaitable<void> page_by_page(
    std::chrono::steady_clock::duration interval,
    sweep_step sweep_page
) {
    for (;;) {
        bool more = true;
        while (more)
            more = co_await sweep_page();
        co_await sleep_for(interval);
    }
}

}  // namespace otp
