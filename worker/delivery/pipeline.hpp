#pragma once

#include "common/amqp/consumer.hpp"
#include "common/amqp/publisher.hpp"
#include "common/async/event.hpp"
#include "common/async/queue.hpp"
#include "common/async/task_group.hpp"
#include "common/otp/keys.hpp"
#include "common/store/delivery_store.hpp"
#include "worker/delivery/flight.hpp"
#include "worker/delivery/provider_lines.hpp"
#include "worker/delivery/trouble_log.hpp"
#include "worker/delivery/unanswered.hpp"
#include "worker/delivery/waiting_line.hpp"
#include "worker/delivery/worker_metrics.hpp"
#include "worker/policy/next_step.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace otp {

// What the pipeline decides by.
struct pipeline_settings {
    std::string queue;         // jobs go back to it after a delay
    std::string process;       // names this process in the owner of attempts
    std::size_t concurrency;   // sends in flight
    bool hold_doubts;          // OTP_IN_DOUBT=hold: no other provider is asked
    std::string callback_url;  // base URL for receipts; empty: none are asked for
    std::string app_name;      // {app} where a job gives none
};

// Takes parsed jobs to their end in four stages, a file each:
//
//   begin   pipeline_begin.cpp   a batch is committed as started, or told why not
//   send    pipeline_send.cpp    one coroutine a job: code, text, provider call
//   finish  pipeline_finish.cpp  a batch of ends is committed; a further attempt may open
//   settle  pipeline_settle.cpp  events, put-backs and dead letters are confirmed, then acked
//
// Others leave that way where something is to be said of them first: one whose attempt is in doubt
// takes pipeline_reconcile.cpp in place of send, where its provider is asked, if it can be; one
// that this worker may not send takes pipeline_refuse.cpp before begin; one that comes too late for
// a text takes pipeline_expire.cpp in place of all but settle.
//
// Between the stages stand queues: what gathers while a stage is busy becomes its next batch. A
// message is acked only once the database and the broker have all that follows from it; whatever
// this process holds when it dies comes again by redelivery.
//
// One thread; the parts must outlive it.
class pipeline {
public:
    struct parts {
        delivery_store& store;
        amqp::consumer& consumer;
        amqp::publisher& publisher;
        provider_lines& lines;
        send_policy& policy;
        const key_ring& code_keys;
        const key_ring& hash_keys;
        worker_metrics& counts;
    };

    pipeline(boost::asio::any_io_executor executor, parts with, pipeline_settings settings);

    void take(flight_ptr job);
    void settle(settlement what);

    // Refuses jobs that were understood but cannot be sent, or could not be understood but have an
    // id. Returns those that were not known before.
    boost::asio::awaitable<std::vector<rejected_job>> record_rejections(
        std::vector<reject_request> jobs
    );

    // Runs the stages until drain() has emptied them.
    boost::asio::awaitable<void> run();

    // Gives what has not begun back to the queue.
    void give_back();

    // Gives back what has not begun, lets the rest end until `at`, cuts what is left then, and
    // takes at most `to_record` for what follows from that. The consumer must have been cancelled
    // before.
    boost::asio::awaitable<void> drain(
        deadline at,
        std::chrono::milliseconds to_record = std::chrono::seconds(3)
    );

    std::size_t waiting() const noexcept { return to_begin_.size() + to_expire_.size(); }
    // When the oldest of those was asked for; empty where none waits.
    std::optional<std::chrono::system_clock::time_point> oldest_waiting() const;
    std::size_t in_flight() const noexcept { return in_flight_; }
    // By the store.
    const unanswered& questions() const noexcept { return unanswered_; }
    const pipeline_settings& settings() const noexcept { return settings_; }

private:
    // begin
    boost::asio::awaitable<void> begin_loop();
    boost::asio::awaitable<std::vector<flight_ptr>> next_to_begin();
    void count_passed_over(const flight& job);
    begin_request prepare(flight& job);
    boost::asio::awaitable<void> begin_batch(std::vector<flight_ptr> batch);
    boost::asio::awaitable<void> judge(std::vector<flight_ptr>& batch);
    void pay(flight& job, const begin_answer& answer);
    boost::asio::awaitable<void> refuse(std::vector<flight_ptr> batch);
    void act_on_verdict(
        flight_ptr job,
        const begin_answer& answer,
        boot_clock::time_point asked_at
    );
    void grant(
        flight& job,
        boot_clock::time_point asked_at,
        std::chrono::milliseconds lease,
        std::chrono::milliseconds remaining
    );

    // expire
    boost::asio::awaitable<void> expire_loop();
    boost::asio::awaitable<void> expire_batch(std::vector<flight_ptr> batch);
    void leave_to_begin(flight_ptr job);

    // reconcile
    void reconcile(flight_ptr job);
    void stay_in_doubt(flight_ptr job);
    boost::asio::awaitable<void> look_up(flight_ptr job);
    boost::asio::awaitable<outcome> ask_provider(flight& job);

    // send
    void start_send(flight_ptr job);
    boost::asio::awaitable<void> attempt(flight_ptr job);
    boost::asio::awaitable<outcome> send(flight& job);
    boost::asio::awaitable<outcome> post(provider_line& line, const message& what, deadline at);
    boost::asio::awaitable<http::call_result> call(
        provider_line& line,
        const http::request& request,
        deadline at
    );
    boost::asio::awaitable<outcome> await_end(
        boost::asio::awaitable<outcome> asking,
        outcome if_cut
    );
    boost::asio::awaitable<void> watched(boost::asio::awaitable<void> sending);
    boost::asio::awaitable<void> watch_sends();
    secret code_for(flight& job) const;
    void tell_trouble(const flight& job);

    // finish
    boost::asio::awaitable<void> finish_loop();
    void set_twins_aside(std::vector<flight_ptr>& batch);
    boost::asio::awaitable<void> finish_batch(std::vector<flight_ptr> batch);
    next_step step_after(const flight& job) const;
    finish_request end_of(const flight& job, const next_step& step);
    void follow(
        flight_ptr job,
        const finish_answer& answer,
        boot_clock::time_point asked_at,
        const finish_request& asked,
        const next_step& step
    );

    // settle
    boost::asio::awaitable<void> settle_loop();
    boost::asio::awaitable<void> publish_all(std::vector<settlement> batch);
    boost::asio::awaitable<void> keep(
        std::vector<settlement> refused,
        std::vector<settlement>& again
    );
    void settle_later(settlement what);
    void end(flight_ptr job, std::string_view status, std::string_view reason);
    void put_back(flight_ptr job, std::chrono::milliseconds wait, put_back_reason why);
    void bury(flight_ptr job, std::string_view reason, std::string_view detail);
    void release(const settlement& done);

    parts with_;
    pipeline_settings settings_;
    waiting_line to_begin_;
    queue<flight_ptr> to_expire_;
    queue<flight_ptr> to_finish_;
    queue<settlement> to_settle_;
    task_group sends_;
    task_group pauses_;  // settlements that wait to be published again
    task_group stages_;
    event room_;  // a flight has ended, or a send has thrown
    std::exception_ptr send_failure_;
    trouble_log trouble_;
    unanswered unanswered_;
    std::size_t in_flight_ = 0;
    std::size_t expiring_ = 0;   // in the statement under way
    std::size_t unsettled_ = 0;  // settlements not acked yet
    bool cut_ = false;           // the drain's time is up: nothing more is sent
    std::uint64_t batches_begun_ = 0;
};

}  // namespace otp
