#pragma once

#include "common/amqp/connection.hpp"
#include "common/config/live_settings.hpp"
#include "common/limits/live_limits.hpp"
#include "common/store/limit_store.hpp"
#include "common/store/store_clock.hpp"
#include "verify/routes.hpp"
#include "verify/settings.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <exception>

namespace otp {

// The whole of otp-verify: its objects, in the order in which they use each other, from the start
// until SIGTERM or SIGINT. One thread, and nothing in memory that matters.
class verify_program {
public:
    // `from`, which was read from `source`, must outlive it.
    verify_program(
        boost::asio::io_context& loop,
        otp::settings source,
        const verify_settings& from
    );

    // To be called once, before the loop runs; the loop ends when the program has.
    void start();

    // What ended it before its time; null after a stop.
    std::exception_ptr failure() const noexcept { return failure_; }

private:
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> serve();
    boost::asio::awaitable<bool> is_ready();
    boost::asio::awaitable<void> stop_on_signal();
    void stop();
    void show_numbers();
    void reload_on_signal();
    void reload();

    live_settings source_;
    const verify_settings& settings_;  // those of the start
    boost::asio::signal_set signals_;
    boost::asio::signal_set reloads_;
    postgres::pool database_;
    amqp::connection broker_;
    amqp::publisher sends_out_;
    amqp::publisher events_out_;  // a channel of its own: a missing exchange harms no send
    task_group background_;       // what keeps the broker
    task_group asking_;           // statements that requests share
    task_group telling_;          // events on their way
    task_group periodic_;         // what goes on until the stop
    store_clock clock_;
    live_limits limits_;
    limit_store limit_rows_;
    send_policy policy_;
    metrics numbers_;
    verify_metrics counts_{numbers_};
    verification_store store_;
    key_gate gate_;
    sender sends_;
    settled_events events_;
    receipt_store receipt_rows_;
    receipt_events receipt_events_;
    gathered_checks gathered_checks_;
    checker checks_;
    approval_issuer issuer_;
    gathered_receipts gathered_receipts_;
    account_refusals account_refusals_;
    receipt_recorder receipts_;
    receipt_secrets secrets_;
    webhooks webhooks_;
    api api_;
    http::server server_;
    task_group main_;
    bool serving_ = false;
    bool stopping_ = false;
    std::exception_ptr failure_;
};

}  // namespace otp
