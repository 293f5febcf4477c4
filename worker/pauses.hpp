#pragma once

#include "common/amqp/consumer.hpp"
#include "common/async/deadline.hpp"
#include "common/store/pause_store.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/delivery/provider_lines.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace otp {

// What operators have paused, kept and obeyed by one worker: a paused lane has no room, and of a
// paused queue nothing is taken. The parts must outlive it.
//
// It asks the database every second. Being told (LISTEN) would need a session of its own and the
// same question after each loss of it, to save a statement that costs nothing.
class pauses {
public:
    pauses(
        pause_store& from,
        provider_lines& lines,
        amqp::consumer& consumer,
        pipeline& jobs,
        std::string queue
    );

    // Obeys the first list, before anything is taken: a worker that starts takes nothing from a
    // paused queue. Waits for the database; throws exit_with `unavailable` at `at`.
    boost::asio::awaitable<void> await_first(deadline at);

    // Where the database does not answer, the last list stands. Runs until cancelled.
    boost::asio::awaitable<void> watch();

    // Stops and lets go on what this list says; does nothing where it is the last one again. One
    // caller at a time.
    boost::asio::awaitable<void> obey(std::vector<paused_one> told);

    // Holds the lanes that the last list says, on the lines there are now: after a replacement.
    void hold_lanes();

    const std::vector<paused_one>& now() const noexcept { return now_; }

    // Of this worker's queue; null while it is not paused.
    const paused_one* of_queue() const noexcept;

private:
    bool is_paused(const lane& one) const;
    const paused_one* find(std::string_view kind, std::string_view name) const noexcept;

    pause_store& from_;
    provider_lines& lines_;
    amqp::consumer& consumer_;
    pipeline& jobs_;
    std::string queue_;
    std::vector<paused_one> now_;
};

}  // namespace otp
