#pragma once

#include "common/store/receipt_store.hpp"
#include "verify/verify_metrics.hpp"
#include "verify/webhooks/provider_receipt.hpp"
#include "verify/webhooks/receipt_events.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>

namespace otp {

// The attempt that a receipt's URL names.
struct named_attempt {
    uuid request_id;
    int number = 0;
};

// Stores receipts, counts them, and has the outcomes they bring told.
class receipt_recorder {
public:
    // `may_fail_over`: a failed receipt may be answered by another provider.
    receipt_recorder(
        receipt_store& store,
        receipt_events& events,
        verify_metrics& counts,
        bool may_fail_over
    )
        : store_(store),
          events_(events),
          counts_(counts),
          may_fail_over_(may_fail_over) {}

    // True once it is durable; false where the database does not answer.
    boost::asio::awaitable<bool> record(
        const provider_receipt& receipt,
        const std::optional<named_attempt>& of,
        deadline at
    );

    // matched, parked, not_stored; forged and unreadable are counted by the routes.
    void tally(std::string_view provider, std::string_view result) {
        counts_.receipt(provider, result);
    }

private:
    receipt_store& store_;
    receipt_events& events_;
    verify_metrics& counts_;
    bool may_fail_over_;
};

}  // namespace otp
