#pragma once

#include "verify/verify_metrics.hpp"
#include "verify/webhooks/account_refusals.hpp"
#include "verify/webhooks/gathered_receipts.hpp"
#include "verify/webhooks/provider_receipt.hpp"
#include "verify/webhooks/receipt_events.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <vector>

namespace otp {

// The attempt that a receipt's URL names.
struct named_attempt {
    uuid request_id;
    int number = 0;
};

// Stores receipts, counts them, has the outcomes they bring told, and breakers opened where they
// say that the account is refused.
class receipt_recorder {
public:
    // `may_fail_over`: a failed receipt may be answered by another provider.
    receipt_recorder(
        gathered_receipts& gathered,
        receipt_events& events,
        account_refusals& refusals,
        verify_metrics& counts,
        bool may_fail_over
    )
        : gathered_(gathered),
          events_(events),
          refusals_(refusals),
          counts_(counts),
          may_fail_over_(may_fail_over) {}

    // True once it is durable; false where the database does not answer.
    boost::asio::awaitable<bool> record(
        const provider_receipt& receipt,
        const std::optional<named_attempt>& of,
        deadline at
    );

    // The same for several that came together and name no attempt: true once all of them are.
    boost::asio::awaitable<bool> record_all(
        const std::vector<provider_receipt>& receipts,
        deadline at
    );

    // matched, parked, not_stored; forged and unreadable are counted by the routes.
    void tally(std::string_view provider, std::string_view result) {
        counts_.receipt(provider, result);
    }

private:
    receipt_record row_of(const provider_receipt& receipt, const std::optional<named_attempt>& of)
        const;
    bool note(
        const provider_receipt& receipt,
        const std::optional<named_attempt>& of,
        postgres::result<recorded_receipt> outcome
    );

    gathered_receipts& gathered_;
    receipt_events& events_;
    account_refusals& refusals_;
    verify_metrics& counts_;
    bool may_fail_over_;
};

}  // namespace otp
