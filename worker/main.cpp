#include "common/amqp/connection.hpp"
#include "common/amqp/consumer.hpp"
#include "common/amqp/publisher.hpp"
#include "common/amqp/topology.hpp"
#include "common/amqp/url.hpp"
#include "common/config/program.hpp"
#include "common/core/random.hpp"
#include "common/log/log.hpp"
#include "common/postgres/pool.hpp"
#include "common/store/pg_delivery_store.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/health.hpp"
#include "worker/intake/intake.hpp"
#include "worker/settings.hpp"
#include "worker/start.hpp"
#include "worker/sweep.hpp"
#include "worker/text/template_set.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <unistd.h>

#include <cstdlib>

using namespace otp;

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds drain_limit{20};

// Everything one worker is made of, in the order of dependence. One thread runs it all.
class worker {
public:
    worker(
        asio::io_context& context,
        worker_settings settings,
        template_set templates,
        std::vector<amqp::broker> brokers
    );

    asio::awaitable<void> run();

private:
    asio::awaitable<void> stop_on_signal(task_group& work);

    worker_settings settings_;
    template_set templates_;
    asio::any_io_executor executor_;
    metrics numbers_;
    worker_metrics counts_{numbers_};
    postgres::pool begin_pool_;
    postgres::pool finish_pool_;
    postgres::pool rest_pool_;
    pg_delivery_store store_;
    amqp::connection consuming_;
    amqp::connection publishing_;
    amqp::consumer consumer_;
    amqp::publisher publisher_;
    provider_lines lines_;
    pipeline jobs_;
    intake intake_;
    http::server health_;
    task_group background_;
};

amqp::connection_options connection_to(
    const std::vector<amqp::broker>& brokers,
    const worker_settings& settings,
    const char* name
) {
    amqp::connection_options options;
    options.brokers = amqp::clone(brokers);
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

postgres::pool_options sessions(const char* name) {
    postgres::pool_options options;
    options.connect.application_name = name;
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

// A part that failed would leave a process that looks alive and does nothing. It ends here, with
// nothing tidied up that others still use: what was not acked comes again.
asio::awaitable<void> vital(asio::awaitable<void> task) {
    try {
        co_await std::move(task);
    } catch (const std::exception& error) {
        if (is_abort(std::current_exception()))
            throw;
        log::error("bug").with("error", error.what());
        std::_Exit(static_cast<int>(exit_code::bug));
    }
}

void log_states(amqp::connection& connection, const char* name) {
    connection.on_state = [name](amqp::connection::event_kind what, const std::string& text) {
        using kind = amqp::connection::event_kind;
        constexpr const char* words[] =
            {"broker_up", "broker_down", "broker_blocked", "broker_unblocked"};
        const bool good = what == kind::up || what == kind::unblocked;
        log::line(good ? log::level::info : log::level::warning, words[static_cast<int>(what)])
            .with("connection", name)
            .with("detail", text);
    };
}

worker::worker(
    asio::io_context& context,
    worker_settings settings,
    template_set templates,
    std::vector<amqp::broker> brokers
)
    : settings_(std::move(settings)),
      templates_(std::move(templates)),
      executor_(context.get_executor()),
      begin_pool_(executor_, settings_.servers.database_url.clone(), sessions("otp-worker begin")),
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
          {settings_.resend_ladder.begin(), settings_.resend_ladder.end()}
      ),
      consuming_(executor_, connection_to(brokers, settings_, "otp-worker consume")),
      publishing_(executor_, connection_to(brokers, settings_, "otp-worker publish")),
      consumer_(consuming_, subscription(settings_)),
      publisher_(publishing_, 1024),
      lines_(
          executor_,
          make_providers(settings_.providers),
          settings_.preferred,
          settings_.ca_file,
          settings_.concurrency
      ),
      jobs_(
          executor_,
          {store_,
           consumer_,
           publisher_,
           lines_,
           *settings_.code_keys,
           *settings_.hash_keys,
           counts_},
          pipeline_of(settings_)
      ),
      intake_(consumer_, jobs_, templates_, {settings_.code.ttl, settings_.code.length}, counts_),
      health_(executor_, health_routes({consumer_, store_, lines_, jobs_, numbers_}), {}),
      background_(executor_) {
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

asio::awaitable<void> worker::run() {
    health_.listen(settings_.listen);
    log::info("listening")
        .with(
            "address",
            health_.local().address().to_string() + ":" + std::to_string(health_.local().port())
        );
    const auto at = std::chrono::steady_clock::now() + settings_.servers.startup_wait;
    background_.spawn([this] { return vital(health_.run(std::chrono::seconds(1))); });
    background_.spawn([this] { return vital(consuming_.run()); });
    background_.spawn([this] { return vital(publishing_.run()); });
    co_await await_schema(settings_.servers.database_url, at);
    co_await await_topology(publishing_, settings_.queue, at);
    background_.spawn([this] { return vital(publisher_.run()); });
    task_group sweeps(executor_);
    sweeps.spawn([this] { return vital(sweep_stored_jobs(store_, publisher_)); });

    task_group work(executor_);
    work.spawn([this] { return vital(consumer_.run()); });
    work.spawn([this] { return vital(jobs_.run()); });
    work.spawn([this] { return vital(intake_.run()); });
    work.spawn([this, &work] { return stop_on_signal(work); });
    co_await work.join();

    sweeps.cancel();
    co_await sweeps.join();
    consuming_.stop();
    publishing_.stop();
    health_.stop();
    co_await background_.join();
    log::info("stopped");
}

asio::awaitable<void> worker::stop_on_signal(task_group& work) {
    asio::signal_set signals(executor_, SIGTERM, SIGINT);
    co_await signals.async_wait(asio::use_awaitable);
    log::info("draining").with("waiting", jobs_.waiting()).with("in_flight", jobs_.in_flight());
    const auto at = std::chrono::steady_clock::now() + drain_limit;
    co_await consumer_.cancel();
    co_await jobs_.drain(at);
    consumer_.flush();
    consumer_.close();
    work.cancel();  // intake may be waiting for a database that is away
}

exit_code run_worker(worker_settings settings) {
    auto templates = template_set::load(settings.templates);
    if (!templates) {
        std::string all;
        for (const auto& fault : templates.error())
            all += "\n  " + fault.file + ":" + std::to_string(fault.line) + ": " + fault.reason;
        throw exit_with(exit_code::configuration, "templates cannot be used:" + all);
    }
    auto brokers = amqp::parse_urls(settings.servers.amqp_url.reveal());
    if (!brokers)
        throw exit_with(exit_code::configuration, "AMQP_URL: " + brokers.error());
    if (settings.code.length < 6)
        log::warning("short_codes").with("digits", settings.code.length);

    asio::io_context context(1);
    worker all(context, std::move(settings), std::move(*templates), std::move(*brokers));
    std::exception_ptr failure;
    asio::co_spawn(context, all.run(), [&](std::exception_ptr error) {
        failure = error;
        context.stop();
    });
    context.run();
    if (failure)
        std::rethrow_exception(failure);
    return exit_code::fine;
}

}  // namespace

int main(int argc, char** argv) {
    program self;
    self.name = "otp-worker";
    self.summary =
        "Consumes send-otp jobs, calls providers, records outcomes; run as many as needed.";
    self.setting_names = worker_setting_names();
    self.prepare = [](settings& from) -> std::function<exit_code()> {
        auto read = std::make_shared<worker_settings>(read_worker_settings(from));
        return [read] { return run_worker(std::move(*read)); };
    };
    return run_program(self, argc, argv);
}
