#include "worker/worker_program.hpp"

#include "common/amqp/topology.hpp"
#include "common/async/deadline.hpp"
#include "common/async/vital.hpp"
#include "common/config/program.hpp"
#include "common/core/kill_point.hpp"
#include "common/core/random.hpp"
#include "common/log/left_out_watch.hpp"
#include "common/log/log.hpp"
#include "common/metrics/process_metrics.hpp"
#include "common/metrics/server_metrics.hpp"
#include "common/service/service_manager.hpp"
#include "common/store/await_schema.hpp"
#include "common/store/time_watch.hpp"
#include "common/store/watch_closed.hpp"
#include "worker/abuse_sweep.hpp"
#include "worker/event_sweep.hpp"
#include "worker/queue_watch.hpp"
#include "worker/reload.hpp"
#include "worker/start.hpp"
#include "worker/sweep.hpp"
#include "worker/worker_gauges.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <csignal>
#include <exception>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds drain_limit{20};

constexpr schema_user own_schema{"otp-worker", "otp_worker", "begin_sends"};

amqp::connection_options connection_of(const worker_settings& settings, const char* name) {
    amqp::connection_options options;
    options.brokers = amqp::clone(settings.servers.brokers);
    options.ca_file = settings.servers.amqp_ca_file;
    options.connection_name = name;
    return options;
}

amqp::consumer_options subscription(const worker_settings& settings) {
    amqp::consumer_options options;
    options.queue = settings.queue;
    // Twice what is in flight, so that the next batch is here when one ends.
    options.prefetch = static_cast<std::uint16_t>(settings.concurrency * 2);
    options.declared_first = amqp::product_topology(settings.queue);
    return options;
}

postgres::pool_options sessions(const char* name, const char* warm_up = "") {
    postgres::pool_options options;
    options.connect.application_name = name;
    options.warm_up = warm_up;
    return options;
}

pipeline_settings pipeline_of(const worker_settings& settings) {
    pipeline_settings made;
    made.queue = settings.queue;
    char host[256] = "worker";
    ::gethostname(host, sizeof host - 1);
    made.process = std::string(host) + ":" + std::to_string(::getpid()) + ":" +
                   to_string(new_uuid()).substr(24);
    made.concurrency = settings.concurrency;
    made.hold_doubts = settings.hold_doubts;
    made.callback_url = settings.callback_url;
    made.app_name = settings.app_name;
    return made;
}

void log_states(amqp::connection& connection, const char* name) {
    connection.on_state = [name](amqp::connection::event_kind what, const std::string& text) {
        using kind = amqp::connection::event_kind;
        constexpr const char* words[] =
            {"broker_up", "broker_down", "broker_blocked", "broker_unblocked"};
        const bool good = what == kind::up || what == kind::unblocked || text == "stopped";
        log::line(good ? log::level::info : log::level::warning, words[static_cast<int>(what)])
            .with("connection", name)
            .with("detail", text);
    };
}

std::string text_of(const asio::ip::tcp::endpoint& address) {
    return address.address().to_string() + ":" + std::to_string(address.port());
}

}  // namespace

worker_program::worker_program(
    asio::any_io_executor executor,
    otp::settings source,
    worker_settings settings,
    template_set templates
)
    : source_(std::move(source), is_reloaded),
      settings_(std::move(settings)),
      templates_(std::move(templates)),
      executor_(std::move(executor)),
      begin_pool_(
          executor_,
          settings_.servers.database_url.clone(),
          sessions("otp-worker begin", "select otp.plan_sends()")
      ),
      finish_pool_(
          executor_,
          settings_.servers.database_url.clone(),
          sessions("otp-worker finish")
      ),
      rest_pool_(executor_, settings_.servers.database_url.clone(), sessions("otp-worker")),
      store_(
          begin_pool_,
          finish_pool_,
          rest_pool_,
          settings_.resend_ladder,
          settings_.send_limits.rules
      ),
      receipts_(rest_pool_),
      limit_rows_(rest_pool_),
      pause_rows_(rest_pool_),
      policy_(settings_.send_limits.rules, limit_rows_.leases()),
      consuming_(executor_, connection_of(settings_, "otp-worker consume")),
      publishing_(executor_, connection_of(settings_, "otp-worker publish")),
      consumer_(consuming_, subscription(settings_)),
      publisher_(publishing_, 1024),
      lines_(
          executor_,
          make_providers(settings_.providers),
          settings_.preferred,
          {settings_.ca_file, settings_.proxy},
          [this](const lane& one) { return settings_.limits_of(one); }
      ),
      jobs_(
          executor_,
          {store_,
           consumer_,
           publisher_,
           lines_,
           policy_,
           *settings_.code_keys,
           *settings_.hash_keys,
           counts_},
          pipeline_of(settings_)
      ),
      pauses_(pause_rows_, lines_, consumer_, jobs_, settings_.queue),
      intake_(
          consumer_,
          jobs_,
          templates_,
          {settings_.code.ttl, settings_.code.length},
          settings_.queue_tenant,
          clock_,
          counts_
      ),
      health_(executor_, health_routes(health_parts()), {}),
      stop_signals_(executor_, SIGTERM, SIGINT),
      background_(executor_),
      periodic_(executor_) {
    show_numbers();
    log_states(consuming_, "consume");
    log_states(publishing_, "publish");
    consumer_.on_state = [](bool active, const std::string& reason) {
        log::line(
            active ? log::level::info : log::level::warning,
            active ? "consuming" : "not_consuming"
        )
            .with("reason", reason);
    };
    health_.on_error = [](std::string_view what) {
        log::error("handler_failed").with("error", what);
    };
}

worker_health worker_program::health_parts() {
    return {consumer_, store_, jobs_.questions(), lines_, pauses_, intake_, waiting_, numbers_};
}

void worker_program::show_numbers() {
    show_process(numbers_);
    show_pools(
        numbers_,
        {{"begin", &begin_pool_}, {"finish", &finish_pool_}, {"rest", &rest_pool_}}
    );
    show_connections(numbers_, {{"consume", &consuming_}, {"publish", &publishing_}});
    show_publishers(numbers_, {{"jobs", &publisher_}});
    const worker_view view{jobs_, intake_, consumer_, lines_, clock_, waiting_, depths_, counts_};
    show_jobs(numbers_, view);
    show_lines(numbers_, view);
    const auto stalled = [this] {
        return waiting_.is_stalled(intake_.last_taken(), std::chrono::steady_clock::now());
    };
    const auto database = [this] {
        return rest_pool_.ready() &&
               !jobs_.questions().is_overdue(std::chrono::steady_clock::now());
    };
    show_readiness(
        numbers_,
        {{"consumer", [this] { return consumer_.active(); }},
         {"database", database},
         {"provider", [this] { return lines_.any_closed_breaker(); }},
         {"queue", [stalled] { return !stalled(); }}}
    );
}

asio::awaitable<void> worker_program::run() {
    std::exception_ptr failure;
    try {
        co_await serve();
    } catch (...) {
        failure = std::current_exception();
    }
    // Whatever happened, no coroutine may outlive what it uses.
    periodic_.cancel();
    co_await periodic_.join();
    consuming_.stop();
    publishing_.stop();
    health_.stop();
    co_await background_.join();
    if (failure)
        std::rethrow_exception(failure);
    log::info("stopped");
}

asio::awaitable<void> worker_program::serve() {
    try {
        health_.listen(settings_.listen);
    } catch (const std::exception& e) {
        throw exit_with(exit_code::configuration, "OTP_WORKER_LISTEN: " + std::string(e.what()));
    }
    log::info("listening").with("address", text_of(health_.local()));
    const auto at = std::chrono::steady_clock::now() + settings_.servers.startup_wait;
    background_.spawn([this] { return vital(health_.run(std::chrono::seconds(1))); });
    background_.spawn([this] { return vital(consuming_.run()); });
    background_.spawn([this] { return vital(publishing_.run()); });
    const reloaded_parts live{source_, settings_.send_limits, templates_, lines_, pauses_};
    periodic_.spawn([live] { return vital(reload_on_hangup(live)); });  // else SIGHUP ends us
    const bool are_there = co_await await_servers(at);
    if (!are_there)
        co_return;
    background_.spawn([this] { return vital(publisher_.run()); });
    periodic_.spawn([] { return vital(feed_watchdog()); });
    periodic_.spawn([this] {
        return vital(announce_readiness([this] { return is_ready_or_paused(health_parts()); }));
    });
    periodic_.spawn([this] { return vital(sweep_stored_jobs(store_, publisher_, clock_)); });
    periodic_.spawn([this] { return vital(sweep_untold_events(receipts_, publisher_)); });
    periodic_.spawn([this] { return vital(watch_time(rest_pool_, clock_)); });
    periodic_.spawn([this] { return vital(watch_closed(limit_rows_, policy_)); });
    periodic_.spawn([] { return vital(tell_left_out_lines()); });
    periodic_.spawn([this] { return vital(pauses_.watch()); });
    periodic_.spawn([this] {
        return vital(sweep_abuse(limit_rows_, publisher_, policy_.rules(), counts_));
    });
    periodic_.spawn([this] {
        return vital(watch_queue(consuming_, settings_.queue, waiting_, depths_));
    });

    task_group work(executor_);
    work.spawn([this] { return vital(consumer_.run()); });
    work.spawn([this] { return vital(jobs_.run()); });
    work.spawn([this] { return vital(intake_.run()); });
    work.spawn([this, &work] { return stop_on_signal(work); });
    co_await work.join();
}

// False where a signal to stop came before all of them were there.
asio::awaitable<bool> worker_program::await_servers(deadline at) {
    task_group waits(executor_);
    bool all_there = false;
    bool is_to_stop = false;  // the signal may come in the turn in which the last of them is there
    waits.spawn([this, at, &waits, &all_there]() -> asio::awaitable<void> {
        co_await await_schema(settings_.servers.database_url, own_schema, at);
        co_await await_time(rest_pool_, clock_, at);
        co_await await_topology(publishing_, settings_.queue, at);
        co_await pauses_.await_first(at);  // last: the consumer starts by it
        all_there = true;
        waits.cancel();
    });
    waits.spawn([this, &waits, &is_to_stop]() -> asio::awaitable<void> {
        co_await stop_signals_.async_wait(asio::use_awaitable);
        is_to_stop = true;
        waits.cancel();
    });
    co_await waits.join();
    co_return all_there && !is_to_stop;
}

asio::awaitable<void> worker_program::stop_on_signal(task_group& work) {
    co_await stop_signals_.async_wait(asio::use_awaitable);
    announce_stop();
    log::info("draining").with("waiting", jobs_.waiting()).with("in_flight", jobs_.in_flight());
    const auto at = std::chrono::steady_clock::now() + drain_limit;
    co_await consumer_.cancel();
    kill_point("drain_begun");
    co_await jobs_.drain(at);
    consumer_.flush();
    consumer_.close();
    work.cancel();  // intake may be waiting for a database that is away
}

}  // namespace otp
