#include "verify/verify_program.hpp"

#include "common/async/deadline.hpp"
#include "common/async/vital.hpp"
#include "common/config/program.hpp"
#include "common/log/left_out_watch.hpp"
#include "common/log/log.hpp"
#include "common/metrics/process_metrics.hpp"
#include "common/metrics/server_metrics.hpp"
#include "common/service/service_manager.hpp"
#include "common/store/await_schema.hpp"
#include "common/store/time_watch.hpp"
#include "common/store/watch_closed.hpp"
#include "verify/health.hpp"
#include "verify/listen.hpp"
#include "verify/start.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <memory>
#include <sstream>
#include <string_view>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::size_t database_connections = 8;
constexpr std::chrono::seconds stop_grace{10};

amqp::connection_options broker_options(const verify_settings& from) {
    amqp::connection_options options;
    options.brokers = amqp::clone(from.servers.brokers);
    options.ca_file = from.servers.amqp_ca_file;
    options.connection_name = "otp-verify";
    return options;
}

postgres::pool_options pool_options() {
    postgres::pool_options options;
    options.size = database_connections;
    options.connect.application_name = "otp-verify";
    options.warm_up = "select otp.plan_sends(), otp.plan_checks()";
    return options;
}

void log_broker(amqp::connection::event_kind what, const std::string& text) {
    using kind = amqp::connection::event_kind;
    const bool available = what == kind::up || what == kind::unblocked;
    const bool is_well = available || text == "stopped";
    log::line(is_well ? log::level::info : log::level::warning, "broker")
        .with("available", available)
        .with("detail", text);
}

constexpr schema_user own_schema{"otp-verify", "otp_verify", "find_api_key"};

bool is_reloaded(std::string_view setting) {
    return is_of_receipts(setting) || is_of_limits(setting);
}

bool have_same_tls(const web_settings& one, const web_settings& other) {
    return one.certificate_file == other.certificate_file && one.key_file == other.key_file;
}

send_defaults defaults_of(const verify_settings& from) {
    return {{from.code.ttl, from.code.length}, from.default_region};
}

}  // namespace

verify_program::verify_program(
    asio::io_context& loop,
    otp::settings source,
    const verify_settings& from
)
    : source_(std::move(source), is_reloaded),
      settings_(from),
      signals_(loop, SIGTERM, SIGINT),
      reloads_(loop, SIGHUP),
      database_(loop.get_executor(), from.servers.database_url.clone(), pool_options()),
      broker_(loop.get_executor(), broker_options(from)),
      sends_out_(broker_),
      events_out_(broker_),
      background_(loop.get_executor()),
      asking_(loop.get_executor()),
      telling_(loop.get_executor()),
      periodic_(loop.get_executor()),
      limits_(from.send_limits),
      limit_rows_(database_),
      policy_(limits_.rules, limit_rows_.leases()),
      store_(database_),
      gate_(database_, from.auth_required, from.web.origins),
      sends_(
          store_,
          sends_out_,
          clock_,
          policy_,
          counts_,
          from.resend_ladder,
          from.default_channel
      ),
      events_(events_out_, telling_),
      receipt_rows_(database_),
      receipt_events_(receipt_rows_, events_out_, telling_),
      gathered_checks_(store_, from.hash_keys, counts_, asking_),
      checks_(store_, gathered_checks_, from.hash_keys, from.device_keys, events_, clock_, counts_),
      issuer_(from.device_keys, from.proofs),
      gathered_receipts_(receipt_rows_, counts_, asking_),
      account_refusals_(receipt_rows_, asking_),
      receipts_(
          gathered_receipts_,
          receipt_events_,
          account_refusals_,
          counts_,
          from.receipt_failover
      ),
      secrets_(from.receipts.clone()),
      webhooks_{receipts_, from.callback_url, secrets_},
      api_{
          database_,
          sends_out_,
          store_,
          gate_,
          sends_,
          checks_,
          events_,
          issuer_,
          from.proofs.keys,
          webhooks_,
          numbers_,
          counts_,
          defaults_of(from),
          from.on_loopback,
          from.web,
          from.test_number,
          from.provider_view},
      server_(
          loop.get_executor(),
          make_routes(api_),
          counting(server_options_of(from.web), counts_)
      ),
      main_(loop.get_executor()) {
    show_numbers();
}

void verify_program::show_numbers() {
    show_process(numbers_);
    numbers_.before_render([this] {
        counts_.waiting_checks(gathered_checks_.waiting());
        counts_.waiting_receipts(gathered_receipts_.waiting());
    });
    show_pools(numbers_, {{"all", &database_}});
    show_connections(numbers_, {{"publish", &broker_}});
    show_publishers(numbers_, {{"sends", &sends_out_}, {"events", &events_out_}});
    show_readiness(
        numbers_,
        {{"database", [this] { return database_.ready(); }},
         {"broker", [this] { return sends_out_.ready(); }}}
    );
}

void verify_program::start() {
    broker_.on_state = log_broker;
    server_.on_error = [](std::string_view what) { log::error("bug").with("what", what); };
    periodic_.spawn([this] { return vital(stop_on_signal()); });
    background_.spawn([this] { return vital(broker_.run()); });
    background_.spawn([this] { return vital(sends_out_.run()); });
    background_.spawn([this] { return vital(events_out_.run()); });
    reload_on_signal();
    main_.spawn([this] { return run(); });
}

asio::awaitable<void> verify_program::run() {
    try {
        co_await serve();
        co_await asking_.join();   // each is given up in time,
        co_await telling_.join();  // and so are these
    } catch (...) {
        const bool start_was_broken_off = stopping_ && !serving_;
        if (!start_was_broken_off)
            failure_ = std::current_exception();
    }
    periodic_.cancel();
    reloads_.cancel();
    broker_.stop();
    // Where the start was broken off, this coroutine is cancelled too, and every wait would throw.
    co_await asio::this_coro::throw_if_cancelled(false);
    try {
        co_await periodic_.join();
        co_await background_.join();
    } catch (...) {
        if (!failure_)
            failure_ = std::current_exception();
    }
}

asio::awaitable<void> verify_program::serve() {
    const auto at = std::chrono::steady_clock::now() + settings_.servers.startup_wait;
    co_await await_schema(settings_.servers.database_url, own_schema, at);
    co_await await_time(database_, clock_, at);
    co_await open_sessions(database_, at);
    periodic_.spawn([this] { return vital(database_.renew_plans()); });
    periodic_.spawn([this] { return vital(watch_time(database_, clock_)); });
    periodic_.spawn([this] { return vital(watch_closed(limit_rows_, policy_)); });
    periodic_.spawn([] { return vital(tell_left_out_lines()); });
    co_await wait_for_broker(broker_, at);
    co_await throw_if_cancelled();  // from here on a stop is the server's
    listen(server_, settings_);
    api_.metrics_are_open = server_.local().address().is_loopback();
    std::ostringstream address;
    address << server_.local();
    log::info("listening").with("address", address.str());
    serving_ = true;
    periodic_.spawn([] { return vital(feed_watchdog()); });
    periodic_.spawn([this] { return vital(announce_readiness([this] { return is_ready(); })); });
    co_await server_.run(stop_grace);
}

asio::awaitable<bool> verify_program::is_ready() {
    const auto answer = co_await readiness(database_, sends_out_);
    co_return answer.status == 200;
}

void verify_program::reload_on_signal() {
    reloads_.async_wait([this](boost::system::error_code error, int) {
        if (error)
            return;
        reload();
        reload_on_signal();
    });
}

// What may be taken up now is: the certificate for new connections, the rules of sending, the
// secrets for receipts that come from now on.
void verify_program::reload() {
    source_.reload([this](otp::settings& from) {
        const auto read = std::make_shared<verify_settings>(read_verify_settings(from));
        return [this, read](const live_settings::names&) {
            const auto& certificate = settings_.web.certificate_file;
            if (!certificate.empty() && have_same_tls(read->web, settings_.web)) {
                server_.reload_tls();  // first: it may throw
                log::info("tls_reloaded").with("file", certificate);
            }
            limits_ = std::move(read->send_limits);
            log::info("limits_reloaded").with("file", limits_.file);
            secrets_ = std::move(read->receipts);
        };
    });
}

// Each signal, as long as the program runs.
asio::awaitable<void> verify_program::stop_on_signal() {
    for (;;) {
        co_await signals_.async_wait(asio::use_awaitable);
        stop();
    }
}

// Requests under way are answered; before there can be any, the start is broken off.
void verify_program::stop() {
    announce_stop();
    log::info("stopping");
    stopping_ = true;
    if (serving_)
        server_.stop();
    else
        main_.cancel();
}

}  // namespace otp
