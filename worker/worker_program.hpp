#pragma once

#include "common/amqp/connection.hpp"
#include "common/amqp/consumer.hpp"
#include "common/amqp/publisher.hpp"
#include "common/amqp/url.hpp"
#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "common/config/live_settings.hpp"
#include "common/http/server.hpp"
#include "common/metrics/metrics.hpp"
#include "common/postgres/pool.hpp"
#include "common/store/limit_store.hpp"
#include "common/store/pause_store.hpp"
#include "common/store/pg_delivery_store.hpp"
#include "common/store/receipt_store.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/delivery/provider_lines.hpp"
#include "worker/health.hpp"
#include "worker/intake/intake.hpp"
#include "worker/pauses.hpp"
#include "worker/queue_watch.hpp"
#include "worker/settings.hpp"
#include "worker/stall.hpp"
#include "worker/text/live_templates.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/signal_set.hpp>

namespace otp {

// Everything one worker is made of, in the order of dependence. One thread runs it all.
class worker_program {
public:
    worker_program(
        boost::asio::any_io_executor executor,
        otp::settings source,
        worker_settings settings,
        template_set templates
    );

    // Until SIGTERM or SIGINT, and a drain. Throws exit_with where it cannot start.
    boost::asio::awaitable<void> run();

private:
    worker_health health_parts();
    void show_numbers();
    boost::asio::awaitable<void> serve();
    boost::asio::awaitable<bool> await_servers(deadline at);
    boost::asio::awaitable<void> stop_on_signal(task_group& work);

    live_settings source_;  // of settings_, which stay those of the start
    worker_settings settings_;
    live_templates templates_;
    boost::asio::any_io_executor executor_;
    metrics numbers_;
    worker_metrics counts_{numbers_};
    postgres::pool begin_pool_;
    postgres::pool finish_pool_;
    postgres::pool rest_pool_;
    pg_delivery_store store_;
    receipt_store receipts_;
    limit_store limit_rows_;
    pause_store pause_rows_;
    send_policy policy_;
    amqp::connection consuming_;
    amqp::connection publishing_;
    amqp::consumer consumer_;
    amqp::publisher publisher_;
    provider_lines lines_;
    pipeline jobs_;
    pauses pauses_;
    store_clock clock_;
    intake intake_;
    stall waiting_;
    queue_depths depths_;
    http::server health_;
    boost::asio::signal_set stop_signals_;
    task_group background_;  // ends by itself once its parts are stopped
    task_group periodic_;
};

}  // namespace otp
