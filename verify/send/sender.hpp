#pragma once

#include "common/amqp/publisher.hpp"
#include "common/job/send_job.hpp"
#include "common/limits/send_policy.hpp"
#include "common/store/store_clock.hpp"
#include "common/store/verification_store.hpp"
#include "verify/problem.hpp"
#include "verify/verify_metrics.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

namespace otp {

// Accepts a send: stored first, so that nothing is lost; then published with the broker's confirm,
// so that 202 means that a worker will see it; then marked, so that no sweep publishes it again.
//
// Whatever `requested_at` a job comes with, it goes out dated by the database's time: workers judge
// jobs by that, and this machine's own clock may be wrong by an hour.
class sender {
public:
    // `default_channel` is what a send that names none is expected to go by.
    sender(
        verification_store& store,
        amqp::publisher& broker,
        const store_clock& clock,
        send_policy& policy,
        verify_metrics& counts,
        std::vector<int> ladder,
        std::string default_channel
    )
        : store_(store),
          broker_(broker),
          clock_(clock),
          policy_(policy),
          counts_(counts),
          ladder_(std::move(ladder)),
          default_channel_(std::move(default_channel)) {}

    // What was promised, now or by the first answer to the same request. A problem is one of 403
    // with the policy that refuses it, 409 request_id_conflict, 429 resend_too_soon or
    // rate_limited, 503 where the database does not answer, or the broker does not confirm: then
    // the send stays stored and a sweep publishes it. `resend_of`: it is for another text of that
    // verification and of no other; 409 verification_settled where that is not the pending one.
    boost::asio::awaitable<or_problem<stored_send>> accept(
        send_job job,
        const std::optional<std::string>& traceparent,
        std::optional<uuid> resend_of = std::nullopt
    );

    // The database's.
    store_clock::time_point now() const { return clock_.now(); }

private:
    boost::asio::awaitable<judgement> judge(const send_job& job);
    void count(const stored_send& stored);
    boost::asio::awaitable<bool> publish(
        const send_job& job,
        std::string message,
        const std::optional<std::string>& traceparent
    );

    verification_store& store_;
    amqp::publisher& broker_;
    const store_clock& clock_;
    send_policy& policy_;
    verify_metrics& counts_;
    std::vector<int> ladder_;
    std::string default_channel_;
};

// In the words clients get; `stored` is a refused one.
problem problem_of(const stored_send& stored, const uuid& request_id);

}  // namespace otp
