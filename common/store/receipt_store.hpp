#pragma once

#include "common/async/deadline.hpp"
#include "common/postgres/pool.hpp"
#include "common/store/untold_event.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace otp {

// One receipt, in the words of migrations/0008_receipts.sql. Empty texts are unknown.
struct receipt_record {
    std::string provider;
    std::string channel;
    std::string message_id;
    std::string second_id;           // of the message, too
    std::string status;              // accepted, delivered, undelivered or ignored
    std::string error_code;          // of an undelivered one
    std::string number;              // the destination, where a lost message id may be found by it
    std::optional<uuid> request_id;  // where the receipt names our attempt
    std::optional<int> attempt;
    bool fail_over = false;       // another provider may be asked on this channel
    bool switch_channel = false;  // and on another
};

struct recorded_receipt {
    bool matched = false;  // else parked until its message is known
    std::optional<untold_event> event;
    // Of one that told that the text was delivered: since the provider had accepted it.
    std::optional<std::chrono::milliseconds> after;
};

// What receipts are to the database. Each call is one statement and one commit, and asks again
// where it lost a race.
class receipt_store {
public:
    explicit receipt_store(postgres::pool& database) : database_(database) {}

    // Of each, in their order; all of them in one commit, or none.
    boost::asio::awaitable<postgres::result<std::vector<recorded_receipt>>> record(
        const std::vector<receipt_record>& receipts,
        deadline at
    );

    // A failed one that was recorded says that the whole account is refused: its provider rests on
    // its channel for 60 s, at all workers. False: it rests or rested within the last 60 s, or the
    // receipt moved no attempt of ours (open_breaker in migrations/0019_pauses.sql).
    boost::asio::awaitable<postgres::result<bool>> open_breaker(
        const receipt_record& by,
        deadline at
    );

    // Those that nobody told within 10 s, `most` (> 0) of them at most, claimed for a while
    // (untold_events): the process that had them died, the broker was away, or a queue refused it.
    boost::asio::awaitable<postgres::result<std::vector<untold_event>>> untold(
        int most,
        deadline at
    );

    // The broker has them.
    boost::asio::awaitable<postgres::result<void>> forget(
        const std::vector<std::int64_t>& events,
        deadline at
    );

private:
    postgres::pool& database_;
};

}  // namespace otp
