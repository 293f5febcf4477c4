#include "tests/bench/check_probe.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_set>
#include <utility>

namespace otp::bench {

namespace asio = boost::asio;

namespace {

constexpr std::string_view right = "HTTP/1.1 200 OK\r\nContent-Type: "
                                   "application/json\r\nContent-Length: 14\r\n\r\n{\"valid\":true}";
constexpr std::string_view wrong =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
    "15\r\n\r\n{\"valid\":false}";

}  // namespace

// The key is that of bench.py, which makes the rows.
check_probe::check_probe(asio::any_io_executor executor)
    : hash_key_{"h1", secret(std::string(32, '\x2b'))},
      arrived_(std::move(executor)) {}

void check_probe::handle(const link_ptr& from, const wire_message& request) {
    const auto number = between(request.body, "\"to\":\"", '"');
    const auto code = between(request.body, "\"code\":\"", '"');
    waiting_check check;
    const auto digits = number.substr(std::min<std::size_t>(1, number.size()));
    std::from_chars(digits.data(), digits.data() + digits.size(), check.what.number);
    check.what.tag = tag_code(hash_key_, {"bench", number, "login"}, code);
    check.from = from;
    arrived_.push(std::move(check));
}

asio::awaitable<std::vector<check_probe::waiting_check>> check_probe::next_batch() {
    std::vector<waiting_check> found = std::move(held_back_);
    held_back_.clear();
    if (found.empty()) {
        found = co_await arrived_.take(most_rows);
    } else {
        auto more = arrived_.take_all();
        std::move(more.begin(), more.end(), std::back_inserter(found));
    }
    std::unordered_set<std::int64_t> numbers;
    std::vector<waiting_check> batch;
    for (auto& one : found)
        (numbers.insert(one.what.number).second ? batch : held_back_).push_back(std::move(one));
    co_return batch;
}

asio::awaitable<void> check_probe::run() {
    auto session = co_await connect_narrow();
    for (;;) {
        const auto batch = co_await next_batch();
        std::vector<narrow_check> checks;
        for (const auto& one : batch)
            checks.push_back(one.what);
        const auto valid = co_await store_checks(session, checks);
        const std::unordered_set<std::int64_t> is_valid(valid.begin(), valid.end());
        for (const auto& one : batch)
            one.from->answer(is_valid.contains(one.what.number) ? right : wrong);
    }
}

}  // namespace otp::bench
