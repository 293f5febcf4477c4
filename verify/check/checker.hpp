#pragma once

#include "common/otp/keys.hpp"
#include "common/store/store_clock.hpp"
#include "common/store/verification_store.hpp"
#include "verify/check/gathered_checks.hpp"
#include "verify/check/settled_events.hpp"
#include "verify/problem.hpp"
#include "verify/verify_metrics.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace otp {

// Checks a code: tags it under every live hash key and lets the database compare, count and settle
// in one statement, which it may share with others. The code is gone from our memory before that is
// sent.
class checker {
public:
    // Without device keys every check is a stranger's. Tokens are dated by the database's clock.
    checker(
        verification_store& store,
        gathered_checks& gathered,
        const key_ring& keys,
        const key_ring& device_keys,
        settled_events& events,
        const store_clock& clock,
        verify_metrics& counts
    )
        : store_(store),
          gathered_(gathered),
          keys_(keys),
          device_keys_(device_keys),
          events_(events),
          clock_(clock),
          counts_(counts) {}

    // approved, wrong or max_attempts_reached. A problem is one of 404 not_found; 410 expired,
    // already_used, canceled, max_attempts_reached; 429 check_too_soon, check_budget_spent; 503.
    // A token that is none of ours, or empty, makes it a stranger's check.
    boost::asio::awaitable<or_problem<check_verdict>> check_number(
        std::string tenant,
        number_and_purpose subject,
        secret code,
        secret device_token
    );

    // The same for the verification of that id.
    boost::asio::awaitable<or_problem<check_verdict>> check_id(
        std::string tenant,
        uuid id,
        secret code,
        secret device_token
    );

private:
    boost::asio::awaitable<or_problem<check_verdict>> check(code_check asked);
    code_check tagged(
        std::string tenant,
        number_and_purpose subject,
        std::optional<uuid> id,
        secret code,
        secret device_token
    ) const;
    void tell(const code_check& asked, const check_verdict& verdict);

    verification_store& store_;
    gathered_checks& gathered_;
    const key_ring& keys_;
    const key_ring& device_keys_;
    settled_events& events_;
    const store_clock& clock_;
    verify_metrics& counts_;
};

// Why `verdict` is a refusal, in the words clients get; empty where it is an answer.
std::optional<problem> refusal_in(const check_verdict& verdict);

}  // namespace otp
