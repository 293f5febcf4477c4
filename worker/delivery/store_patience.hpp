#pragma once

#include "common/async/deadline.hpp"
#include "common/core/random.hpp"
#include "common/log/log.hpp"
#include "common/store/delivery_store.hpp"
#include "worker/delivery/unanswered.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace otp {

// Asks the store until it answers. What the jobs wait for meanwhile costs nothing but their place
// in the prefetch, which is the back-pressure a slow or missing database needs. Returns an error
// only for `data`: asking for the same batch again would not heal that.
//
// `ask` is called anew each time; it and `open`, where the question stands meanwhile, must outlive
// this. Cancellation throws.
template <class Ask>
auto ask_patiently(std::string_view what, Ask& ask, unanswered& open) -> decltype(ask()) {
    using namespace std::chrono_literals;
    const unanswered::question mine(open, std::chrono::steady_clock::now());
    constexpr std::chrono::milliseconds longest = 2s;
    std::chrono::milliseconds pause = 10ms;
    bool told = false;
    for (;;) {
        auto answer = co_await ask();
        if (answer) {
            if (told)
                log::info("store_answers_again").with("call", what);
            co_return answer;
        }
        const store_error& error = answer.error();
        if (error.why == store_error::kind::data)
            co_return answer;
        if (error.why != store_error::kind::busy && !told) {
            log::warning("store_gives_no_answer").with("call", what).with("error", error.text);
            told = true;
        }
        const double jitter = 0.5 + random_fraction() / 2;
        co_await sleep_for(std::chrono::duration_cast<std::chrono::milliseconds>(pause * jitter));
        pause = std::min(pause * 2, longest);
    }
}

}  // namespace otp
