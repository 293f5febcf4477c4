#pragma once

#include "common/async/deadline.hpp"
#include "common/job/send_job.hpp"
#include "common/limits/store_bounds.hpp"
#include "common/postgres/pool.hpp"
#include "common/store/code_check.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// By what rules a send is to be stored.
struct send_terms {
    std::vector<int> ladder;  // pauses in seconds before another text
    store_bounds bounds;
    std::string bar;      // the caller's rule that refuses it where nobody knows it; empty: none
    std::string watched;  // those that only observe, comma-separated
    std::optional<uuid> resend_of;  // the one verification it may be for; empty: whichever is
                                    // pending, or a new one
};

// What became of a send that was to be stored.
struct stored_send {
    enum class verdict {
        queued,    // stored now: publish it, then mark_published
        repeated,  // the same request was stored before; what follows is its first answer
        refused    // for `reason`; a repeat is refused for the same one
    };
    verdict what = verdict::refused;
    std::string status;  // of the delivery
    std::string reason;  // migrations/0003_send_rules.sql lists them
    std::optional<uuid> verification_id;
    std::optional<std::string> channel;
    std::optional<std::chrono::system_clock::time_point> expires_at;
    std::chrono::seconds next_send{0};
    std::optional<std::chrono::milliseconds> retry_after;  // where waiting helps
    std::string observed;  // the rules that would have refused it, comma-separated
    bool charged = false;  // it was stored and let pass by this call: rates are paid
    std::optional<std::string>
        message;  // of the first call, where this repeats it and no worker has begun it
};

// What otp-verify asks of the database; each call is one statement and one commit, and asks again
// where it lost a race. Every row belongs to a tenant, and nothing is seen of another's.
class verification_store {
public:
    explicit verification_store(postgres::pool& database) : database_(database) {}

    // `message` is the body to be published, kept so that a sweep can do it where we cannot.
    boost::asio::awaitable<postgres::result<stored_send>> accept_send(
        const send_job& job,
        const std::string& message,
        const std::optional<std::string>& traceparent,
        const send_terms& terms,
        deadline at
    );

    // The broker has it: the sweep need not publish it.
    boost::asio::awaitable<postgres::result<void>> mark_published(
        const uuid& request_id,
        deadline at
    );

    // What each was told, in their order; empty where it was deferred, neither compared nor
    // counted: to be asked again. That is the second of two checks of one verification, and with
    // if_held::defer what another call holds. `keys` are the ids of the hash keys, for all of them.
    boost::asio::awaitable<postgres::result<std::vector<std::optional<check_verdict>>>> check_codes(
        const std::vector<std::string>& keys,
        std::span<const code_check> checks,
        if_held what,
        deadline at
    );

    boost::asio::awaitable<postgres::result<std::optional<number_and_purpose>>> find_for_check(
        const std::string& tenant,
        const uuid& id,
        deadline at
    );

    // Whether this tenant was ever asked for a text to that number, as far as rows are kept.
    boost::asio::awaitable<postgres::result<bool>> was_asked_for(
        const std::string& tenant,
        const std::string& number,
        deadline at
    );

    // The body of GET /v1/verifications/{id}, JSON.
    boost::asio::awaitable<postgres::result<std::optional<std::string>>> read_verification(
        const std::string& tenant,
        const uuid& id,
        deadline at
    );

private:
    postgres::pool& database_;
};

}  // namespace otp
