#pragma once

#include "common/async/deadline.hpp"
#include "common/postgres/pool.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// Deadlock, serialization failure, or a twin of the row made at the same moment: nothing took
// effect, and the next try sees what the winner did.
bool lost_a_race(const postgres::error& why);

// Executes the statement, and anew where it lost a race, five times at most. All must outlive it.
boost::asio::awaitable<postgres::result<postgres::rows>> execute_despite_races(
    postgres::pool& database,
    const postgres::statement& what,
    const postgres::params& with,
    deadline at
);

}  // namespace otp
