#pragma once

#include "common/amqp/consumer.hpp"
#include "common/job/send_job.hpp"
#include "common/store/store_clock.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/text/live_templates.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// Takes messages from the queue: those that are jobs go into the pipeline, the others are recorded
// as rejected where they have an id, kept on otp.dead, and acked. So are, where the queue is pinned
// to one tenant, the jobs of all others, and jobs of a template that is not there, unless they were
// begun. One thread; the parts must outlive it.
class intake {
public:
    intake(
        amqp::consumer& from,
        pipeline& to,
        const live_templates& templates,
        job_defaults defaults,
        std::string only_tenant,
        const store_clock& clock,
        worker_metrics& counts
    );

    // Until the consumer is cancelled.
    boost::asio::awaitable<void> run();

    // When a message was taken last; start-up counts as one.
    std::chrono::steady_clock::time_point last_taken() const noexcept { return last_taken_; }
    // When the job that was taken last had been asked for; empty before the first.
    const std::optional<store_clock::time_point>& last_requested() const noexcept {
        return last_requested_;
    }

private:
    // Understood, but `why` (a word of job_reason) no text can be made for it here.
    struct unwritten_job {
        send_job job;
        std::string_view why;
    };
    struct refusal {
        job_fault fault;
        std::optional<unwritten_job> unwritten;
        amqp::delivery received;
    };

    boost::system::result<flight_ptr, refusal> read(amqp::delivery received) const;
    flight_ptr flight_of(
        amqp::delivery received,
        send_job job,
        const text_template& words,
        boot_clock::time_point now
    ) const;
    static reject_request rejection_of(const refusal& one, store_clock::time_point now);
    boost::asio::awaitable<void> refuse(std::vector<refusal> refusals);
    void wind_up(refusal begun);
    void bury(refusal one);

    amqp::consumer& from_;
    pipeline& to_;
    const live_templates& templates_;
    job_defaults defaults_;
    std::string only_tenant_;  // empty: any
    const store_clock& clock_;
    worker_metrics& counts_;
    std::chrono::steady_clock::time_point last_taken_;
    std::optional<store_clock::time_point> last_requested_;
};

}  // namespace otp
