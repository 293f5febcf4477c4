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
// Callers queue, first come, first served, until their deadline; one that stands is given before
// one that would have to be made. One thread; outlives its callers.
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

    // Connects and warms up all of them at once, for a start before any caller waits. Each is tried
    // once, and where it fails again when it is needed: a server that is there, but has no room for
    // all of them, may never have it. Tells why one failed.
    boost::asio::awaitable<std::optional<error>> fill(deadline at);

    // Does what is due at connections by discard: one after the other with pauses, beside the
    // callers, who use the others meanwhile and would wait for it otherwise. Until cancelled.
    boost::asio::awaitable<void> renew_plans();

    // A round trip to the server. An error, too, where it takes no writes from us, as a standby
    // does that a failover has left us at: it answers all the same.
    boost::asio::awaitable<result<void>> confirm_writable(deadline at);

    // The last attempt to connect, to send, to get an answer or to write went well. False before
    // the first.
    bool ready() const noexcept { return ready_; }

    pool_usage usage() const;

private:
    struct slot {
        std::optional<connection> link;
        deadline discard_at{};
        std::chrono::seconds discard_after{};
    };
    struct waiter;
    class lease;
    using fitness = bool (*)(std::optional<connection>& link);

    boost::asio::awaitable<slot*> take(deadline at);
    slot* take_idle(fitness fits);
    void give_back(slot* used);
    boost::asio::awaitable<std::optional<error>> prepare(lease& mine, deadline at);
    bool change_for_live(lease& mine);
    boost::asio::awaitable<std::optional<error>> reconnect(lease& mine, deadline at);
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
};

}  // namespace otp::postgres
