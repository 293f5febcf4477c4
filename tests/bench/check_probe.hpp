#pragma once

#include "common/async/queue.hpp"
#include "common/otp/keys.hpp"
#include "tests/bench/narrow_table.hpp"
#include "tests/bench/small_server.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <vector>

namespace otp::bench {

// The least that answers "is this the code?" and keeps its word: all checks that wait go into one
// UPDATE, and are answered when it is committed. One thread, one session, one narrow table.
class check_probe {
public:
    explicit check_probe(boost::asio::any_io_executor executor);

    // POST with {"to":"+…","code":"…"}; answers {"valid":true} or {"valid":false}.
    void handle(const link_ptr& from, const wire_message& request);

    boost::asio::awaitable<void> run();

private:
    struct waiting_check {
        narrow_check what;
        link_ptr from;
    };

    boost::asio::awaitable<std::vector<waiting_check>> next_batch();

    key hash_key_;
    queue<waiting_check> arrived_;
    std::vector<waiting_check> held_back_;  // a batch holds one check of a number
};

}  // namespace otp::bench
