#pragma once

#include "common/core/uuid.hpp"
#include "common/otp/code.hpp"
#include "common/store/unbegun_jobs.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace otp {

// Why the store gave no answer. `text` is safe to log.
struct store_error {
    enum class kind {
        unavailable,  // not reached, or the connection was lost: what was asked may have been done
        busy,  // deadlock, serialization failure, or a twin made at the same moment: ask again
        data,  // one row of the batch cannot be stored: ask one by one
        bug,   // the statement itself is refused
    };
    store_error() = default;  // asked for by boost::system::result
    store_error(kind what, std::string words) : why(what), text(std::move(words)) {}
    kind why = kind::bug;
    std::string text;
};

template <class T>
using store_result = boost::system::result<T, store_error>;

// One job that asks whether, and by whom, it may be sent.
struct begin_request {
    uuid request_id;
    std::string tenant;
    std::string number;
    std::string purpose;
    std::optional<std::string> user;
    std::optional<std::string> client_ip;
    std::string channel;  // of the first candidate
    std::string template_name;
    std::string locale;
    // Who may take it, "twilio/sms,gupshup/sms": a first attempt goes by the first, a further one
    // by the one tried least. Empty: nobody here may, and what is still open of it ends.
    std::string route;
    std::chrono::system_clock::time_point requested_at;
    std::chrono::seconds ttl;
    std::optional<std::string> traceparent;
    std::string country;  // of the number, ISO 3166
    std::string bar;      // the caller's rule that refuses it where nobody knows it; empty: none
    std::string watched;  // those that only observe, comma-separated
    // What is stored where this job opens a verification or a new generation of its code.
    uuid verification_id;
    std::string code_key_id;
    std::string hash_key_id;
    code_tag tag;
    int code_length;
};

enum class begin_verdict {
    send,      // attempt `attempt` is committed as started: send it by `provider`/`channel`
    finished,  // this request ended before: `status`, `reason`
    leased,    // another owner's attempt is under way for `retry_after`
    in_doubt,  // attempt `attempt` by `provider` may have been sent since `started_at`; this owner
               // settles it
    refused,   // `reason`; the delivery is now `status`
};

struct begin_answer {
    uuid request_id;
    begin_verdict verdict = begin_verdict::refused;
    std::string status;
    std::string reason;
    std::optional<uuid> verification_id;
    int attempt = 0;
    std::string provider;
    std::string channel;
    // Of the code to send: the generation may be an earlier job's.
    uuid seed;
    std::string code_key_id;
    int code_length = 0;
    std::chrono::milliseconds remaining{0};  // life of job and code, by the database's clock
    std::chrono::milliseconds lease{0};      // what is left of the lease, by the same clock
    std::chrono::milliseconds retry_after{0};
    std::chrono::system_clock::time_point started_at;  // by the database's clock
    std::string observed;  // the rules that would have refused it, comma-separated
    bool charged = false;  // it was stored and let pass by this call: rates are paid
};

// How one attempt ended.
struct finish_request {
    std::string owner;  // of the batch that began it
    uuid request_id;
    int attempt = 0;
    std::string state;  // accepted, refused, not_sent, in_doubt
    std::string provider_message_id;
    std::optional<int> http_status;
    std::string error_code;
    std::optional<int> segments;
    std::string next_route;  // candidates of attempt n+1, opened in the same commit; empty: none
    bool put_back = false;   // the job goes back to the queue, to be tried again or settled later
    std::string reason;      // of the delivery, where it fails now
    std::string job;         // kept where a receipt may ask for another provider; else empty
    bool index_message_id = false;  // receipts of this provider name no request
    bool uncounted = false;         // "slow down", or the worker: the budget is not touched
    bool bars_channel = false;      // refused, and no other provider may send it on this channel
    bool looked_up = false;         // it was in doubt, and its provider was asked by number
};

struct finish_answer {
    uuid request_id;
    enum class kind {
        recorded,
        settled,   // a receipt was faster: `status` stands, the end was not needed
        lost,      // another owner took the attempt over
        not_ours,  // what was looked up is another attempt's message: still in doubt, to be ended
                   // by this owner anew
    };
    kind what = kind::recorded;
    // Of the delivery now: what was put back leaves it `sending`, or `sent` where it answers a
    // failed receipt.
    std::string status;
    std::optional<int> next_attempt;
    std::string provider;  // of the next attempt
    std::string channel;
    std::chrono::milliseconds remaining{0};
    std::chrono::milliseconds lease{0};
    std::string reason;  // of the delivery, where it ended
};

// A stored job that is due to be published.
struct due_job {
    uuid request_id;
    std::string body;
    std::optional<std::string> traceparent;
};

// An outcome that is stored, and whose event the broker refused.
struct refused_outcome {
    uuid request_id;
    std::string tenant;
    std::string status;  // as the event tells it
};

// What the worker asks of the database: one function per use case, one commit per call. `owner`
// names one batch of one process: the same call repeated with it after a lost connection gives the
// same answers.
//
// Two implementations: pg_delivery_store and, in tests, memory_delivery_store; both pass
// tests/contract/delivery_store_*test.cpp.
class delivery_store {
public:
    virtual ~delivery_store() = default;

    // Jobs that share a request id, or a tenant and number, never share a call.
    virtual boost::asio::awaitable<store_result<std::vector<begin_answer>>> begin(
        const std::string& owner,
        const std::vector<begin_request>& jobs
    ) = 0;

    // A call holds a request once, whoever owns its attempt: answers come in no order and name the
    // request, not the owner.
    virtual boost::asio::awaitable<store_result<std::vector<finish_answer>>> finish(
        const std::vector<finish_request>& ends
    ) = 0;

    // Leaves a delivery `rejected` and its event, unless the request id is known; an accepted
    // request that was never begun is ended. Returns those it recorded, and of the `unwritten`
    // those too that stand rejected already: a call repeated after a lost answer returns these
    // alone.
    virtual boost::asio::awaitable<store_result<std::vector<rejected_job>>> reject(
        const std::vector<reject_request>& jobs
    ) = 0;

    // Leaves those `expired` with their event of which begin would say no more than that, at a
    // fraction of its cost, and returns them. What it does not return is begin's to answer, which
    // is so for all that are known, a call repeated after a lost answer among them. Jobs may share
    // numbers, but no request id.
    virtual boost::asio::awaitable<store_result<std::vector<expired_job>>> expire(
        const std::vector<expire_request>& jobs
    ) = 0;

    // Rows to publish, `most` (> 0) of them at most, claimed for 30 s.
    virtual boost::asio::awaitable<store_result<std::vector<due_job>>> sweep(int most) = 0;
    virtual boost::asio::awaitable<store_result<void>> mark_published(
        const std::vector<uuid>& requests
    ) = 0;

    // Has a sweep tell them (common/store/receipt_store.hpp), and returns those that it will: not
    // those of a request that is unknown, or another tenant's.
    virtual boost::asio::awaitable<store_result<std::vector<uuid>>> keep(
        const std::vector<refused_outcome>& untold
    ) = 0;

    // Makes the event partitions of the days to come; cheap where they are there.
    virtual boost::asio::awaitable<store_result<void>> prepare_days() = 0;

    // Whether it answers and takes writes, within `limit`. Readiness asks so.
    virtual boost::asio::awaitable<store_result<void>> confirm_writable(
        std::chrono::milliseconds limit
    ) = 0;
};

// The lease of an attempt: the limit of a provider call, which is the worker's, and 5 s (design:
// promise 2).
inline constexpr std::chrono::seconds attempt_lease{15};

}  // namespace otp
