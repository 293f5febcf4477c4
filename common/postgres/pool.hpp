#pragma once

#include "common/async/deadline.hpp"
#include "common/async/event.hpp"
#include "common/core/secret.hpp"
#include "common/postgres/connect.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace otp::postgres {

struct pool_options {
    std::size_t size = 1;
    connect_options connect;
    std::string setup;  // run on each new connection: `set jit = off; ...`

    // Run on each new connection, and when its plans were discarded: has the server make the plans
    // that a statement would otherwise make while it holds locks. Where it fails nothing is lost.
    std::string warm_up;

    // DISCARD PLANS on each connection: first after this, then each time after twice as long, up to
    // the longest. Plans made while the tables were empty cost 10 to 50 times what they should, and
    // the tables of a new database fill within seconds.
    std::chrono::seconds first_discard{1};
    std::chrono::seconds longest_discard = std::chrono::minutes(10);
};

// What a pool has at one moment, and how often it failed.
struct pool_usage {
    std::size_t busy = 0;
    std::size_t idle = 0;
    std::size_t lost = 0;        // not connected yet, or not any more
    std::size_t waiting = 0;     // callers without a connection
    std::uint64_t failures = 0;  // calls without an answer, and attempts to connect
};

// Connections that are made when they are needed and made anew when they are lost, with pauses of
// 50 ms to 1 s between attempts. A statement is sent once: if the connection is lost after that,
// the caller gets the error and knows what to do about an unknown outcome.
//
// Callers queue, first come, first served, until their deadline. One thread; outlives its callers.
class pool {
public:
    pool(boost::asio::any_io_executor executor, secret conninfo, pool_options options);
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;

    // As connection's, and with a connection error where none can be had until the deadline.
    boost::asio::awaitable<result<rows>> execute(
        const statement& what,
        const params& with,
        deadline at
    );

    // Connects and warms up all of them at once, for a start before any caller waits. What fails is
    // tried again when it is needed.
    boost::asio::awaitable<void> fill(deadline at);

    // Does what is due at connections by discard: one after the other with pauses, beside the
    // callers, who use the others meanwhile and would wait for it otherwise. Until cancelled.
    boost::asio::awaitable<void> renew_plans();

    // A round trip to the server.
    boost::asio::awaitable<result<void>> ping(deadline at);

    // The last attempt to connect, to send or to get an answer went well. False before the first.
    bool ready() const noexcept { return ready_; }

    pool_usage usage() const;

    // What went wrong when ready() became false; empty while it is true.
    const std::string& last_error() const noexcept { return last_error_; }

private:
    struct slot {
        std::optional<connection> link;
        deadline discard_at{};
        std::chrono::seconds discard_after{};
    };
    struct waiter;
    class lease;

    boost::asio::awaitable<slot*> take(deadline at);
    void give_back(slot* used);
    boost::asio::awaitable<std::optional<error>> prepare(slot& used, deadline at);
    boost::asio::awaitable<std::optional<error>> reconnect(slot& used, deadline at);
    boost::asio::awaitable<std::optional<error>> open(slot& used, deadline at);
    boost::asio::awaitable<void> warm_up(connection& link);
    boost::asio::awaitable<void> discard_plans(slot& used, deadline at);
    bool is_to_be_renewed(slot& used);
    void note(const error* fault);

    boost::asio::any_io_executor executor_;
    secret conninfo_;
    pool_options options_;
    std::list<slot> slots_;
    std::vector<slot*> idle_;
    std::list<waiter*> waiting_;
    bool renews_ = false;    // renew_plans() runs
    bool renewing_ = false;  // a connection, now or a moment ago
    slot* to_renew_ = nullptr;
    event renew_;
    std::uint64_t failures_ = 0;
    bool ready_ = false;
    std::string last_error_ = "not connected yet";
};

}  // namespace otp::postgres
