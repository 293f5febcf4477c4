#include "common/limits/rate_blocks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr int most_in_a_block = 100;
constexpr int blocks_in_a_burst = 20;
constexpr std::chrono::milliseconds longest_rest{1000};  // between two questions
constexpr std::size_t most_blocks = 100'000;

}  // namespace

asio::awaitable<bool> rate_blocks::take(
    const std::string& tenant,
    const std::string& country,
    send_rate rate
) {
    const std::pair key(tenant, country);
    if (blocks_.size() > most_blocks)
        blocks_.clear();
    int want = std::clamp(rate.burst / blocks_in_a_burst, 1, most_in_a_block);
    if (auto& own = blocks_[key]; own.left > 0) {
        --own.left;
        co_return true;
    } else if (std::chrono::steady_clock::now() < own.spent_until) {
        co_return false;
    } else {
        want -= own.left;  // what is owed, too
    }
    auto question = ask_(tenant, country, rate, want);
    const auto granted = co_await std::move(question);
    auto& own = blocks_[key];  // others may have changed it while this was asked for
    if (!granted) {
        --own.left;
        co_return true;
    }
    own.left += *granted;
    if (own.left > 0) {
        --own.left;
        co_return true;
    }
    own.spent_until = std::chrono::steady_clock::now() + std::min(pause_of(rate), longest_rest);
    co_return false;
}

void rate_blocks::give_back(const std::string& tenant, const std::string& country) {
    ++blocks_[{tenant, country}].left;
}

std::chrono::milliseconds pause_of(const send_rate& rate) {
    constexpr double longest = 3600;
    const double seconds = std::min(1 / rate.per_second, longest);
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000)));
}

}  // namespace otp
