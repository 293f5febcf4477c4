#include "common/http/host_addresses.hpp"

#include <utility>

namespace otp::http {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds fresh_for{30};

}  // namespace

host_addresses::host_addresses(asio::any_io_executor executor, std::string host, std::uint16_t port)
    : executor_(std::move(executor)),
      host_(std::move(host)),
      port_(port) {}

void host_addresses::renew_where_due() {
    const auto now = steady_clock::now();
    if (asked_ || (!known_.empty() && now < renew_at_))
        return;
    asked_.emplace(executor_, host_);
    renew_at_ = now + fresh_for;
}

void host_addresses::take_answer() {
    if (!asked_ || !asked_->answer())
        return;
    const net::name_lookup::result found = *asked_->answer();
    asked_.reset();
    if (!found)
        return;
    known_.clear();
    for (const auto& address : *found)
        known_.emplace_back(address, port_);
}

asio::awaitable<boost::system::result<host_addresses::addresses, std::string>> host_addresses::find(
    deadline at
) {
    take_answer();
    renew_where_due();
    if (!known_.empty())
        co_return known_;
    const net::name_lookup mine = *asked_;  // who goes on first takes the answer
    const auto found = co_await mine.wait(at);
    take_answer();
    if (!known_.empty())
        co_return known_;
    co_return "look-up of " + host_ + ": " + (found ? found->error().message() : "time-out");
}

}  // namespace otp::http
