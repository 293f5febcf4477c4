#pragma once

#include "common/amqp/connection.hpp"
#include "common/amqp/consumer.hpp"
#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "common/config/settings.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace otp {

// Reads otp.dead from its oldest message on, and at most as many as were there at the start. What
// was read stays ours, unacknowledged, until the end: nobody else gets it meanwhile, and all that
// was not removed goes back in the order in which it lay.
//
// It is read by pages, each with a channel whose prefetch is the page, so that neither we nor the
// broker hold more than a page of bodies. Of earlier pages the broker keeps only that they are
// ours. Reading raises x-delivery-count, for which otp.dead has no limit.
//
// For one thread. Uses the connection and the tasks, which must outlive it; what it starts there
// may outlive it.
class dead_queue {
public:
    static constexpr std::size_t page_size = 512;

    dead_queue(amqp::connection& on, task_group& tasks, deadline start_up_end);

    // Connects and counts. Throws exit_with unavailable, or configuration where there is no such
    // queue.
    boost::asio::awaitable<void> open();

    // The next page, at most `most` messages; empty at the end. What remove() said of the last page
    // is sent. Throws exit_with unavailable where the connection is lost.
    boost::asio::awaitable<std::vector<amqp::delivery>> next_page(std::size_t most = page_size);

    // Whether the order is kept if nothing more is read. The broker hands out what was given back
    // earlier before all else, and puts what is given back now behind it: reading may not end among
    // those.
    bool may_end_here() const noexcept { return may_end_here_; }

    // Takes a message of the last page off the queue.
    void remove(std::uint64_t tag, std::uint64_t epoch);

    // Gives the rest back, and waits for the broker to have it, 5 s at most.
    boost::asio::awaitable<void> close();

private:
    boost::asio::awaitable<void> fill(std::vector<amqp::delivery>& page, std::size_t size);
    boost::asio::awaitable<std::size_t> waiting();
    boost::asio::awaitable<void> give_back(amqp::consumer& page, std::size_t& given, deadline at);
    void settle_last_page();
    void require_connected() const;

    amqp::connection& connection_;
    task_group& tasks_;
    deadline start_up_end_;
    std::size_t left_ = 0;                                // of those that were there at the start
    std::vector<std::shared_ptr<amqp::consumer>> pages_;  // in the order of the queue
    bool may_end_here_ = true;
    // Why; empty while all is well. The consumers write it, also after this is gone.
    std::shared_ptr<std::string> lost_ = std::make_shared<std::string>();
};

// Runs `work` on the queue that the settings name, and gives back what it did not remove, also
// where it throws.
void with_dead_queue(
    settings& from,
    const std::function<boost::asio::awaitable<void>(dead_queue&)>& work
);

}  // namespace otp
