#pragma once

#include "common/async/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

namespace otp::http {

// The one timer of a connection: calls `expired` once for each due time that passes. Moving the due
// time costs a store and not a timer operation, unless it comes nearer: the timer that fires early
// looks at the due time and sleeps on.
//
// Nothing is called after it is destroyed, which `expired` may do.
class watchdog {
public:
    watchdog(boost::asio::any_io_executor executor, std::function<void()> expired);
    ~watchdog();
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;

    // Whatever expired before is forgotten: what follows has a time of its own.
    void due(deadline at);
    void off();
    // Since the last due().
    bool expired() const noexcept;

private:
    struct state;
    static void arm(const std::shared_ptr<state>& watched);

    std::shared_ptr<state> state_;  // shared with the timer's handler, which may outlive us
};

}  // namespace otp::http
