#pragma once

#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "common/core/secret.hpp"
#include "common/http/client.hpp"
#include "sandbox/receipt.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

namespace otp::sandbox {

struct receipt_options {
    std::chrono::milliseconds pace{200};  // see steps()
    std::string ca_file;                  // for https URLs; empty: the system's
    std::string account_sid;
    secret auth_token;  // signs Twilio's receipts
    std::string gupshup_app;
    std::size_t most_waiting = 100'000;  // receipts beyond are dropped, and the drop is logged
    std::size_t most_under_way = 64;
};

// Posts receipts when their time comes, and again as the callback URL's overrides ask.
class receipt_sender {
public:
    // Throws std::invalid_argument for a CA file that holds no certificate, naming it.
    receipt_sender(boost::asio::any_io_executor executor, receipt_options options);

    void schedule(const message_ptr& about);

    std::size_t waiting_now() const noexcept { return queue_.size(); }
    std::uint64_t taken() const noexcept { return taken_; }
    std::uint64_t refused() const noexcept { return refused_; }
    std::uint64_t dropped() const noexcept { return dropped_; }

    // Until it is cancelled; then what is under way is given up.
    boost::asio::awaitable<void> run();

private:
    struct waiting {
        deadline due;
        std::uint64_t order = 0;
        receipt what;

        bool operator>(const waiting& other) const {
            return due != other.due ? due > other.due : order > other.order;
        }
    };
    struct destination {
        std::shared_ptr<http::client> client;
        bool fails = false;  // logged once, until one gets through
    };

    void start_due();
    boost::asio::awaitable<void> post(receipt what);
    boost::asio::awaitable<void> try_to_post(const receipt& what);
    std::shared_ptr<http::client> client_for(const std::string& origin);
    void note(const std::string& origin, const std::string& failure);

    boost::asio::any_io_executor executor_;
    receipt_options options_;
    std::priority_queue<waiting, std::vector<waiting>, std::greater<>> queue_;
    boost::asio::steady_timer wake_;
    std::map<std::string, destination> destinations_;
    std::uint64_t scheduled_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t taken_ = 0;
    std::uint64_t refused_ = 0;
    std::size_t under_way_ = 0;
    task_group posts_;  // last: its tasks use the rest
};

}  // namespace otp::sandbox
