#include "tests/support/pipeline_bench.hpp"

#include "common/async/run.hpp"
#include "common/log/log.hpp"

#include <utility>

namespace otp::test {

scripted_carrier::scripted_carrier(std::string answer)
    : answer_(std::move(answer)),
      server_(std::vector<scripted_server::script>(32, [this](peer& from) { serve(from); })) {}

void scripted_carrier::list(std::string bytes) {
    const std::lock_guard lock(mutex_);
    list_ = std::move(bytes);
}

void scripted_carrier::hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
}

void scripted_carrier::release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
}

void scripted_carrier::answer_with(std::string bytes) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(bytes);
}

void scripted_carrier::serve(peer& from) {
    for (;;) {
        std::string request = from.read_request();
        if (request.empty())
            return;
        std::unique_lock lock(mutex_);
        const bool is_look_up = request.starts_with("GET ");
        if (is_look_up)
            ++look_ups_;
        else
            requests_.push_back(std::move(request));
        changed_.wait_for(lock, std::chrono::seconds(20), [this] { return !held_; });
        const std::string& answer = is_look_up ? list_ : answer_;
        if (answer.empty())
            return from.close();
        from.send(answer);
    }
}

std::vector<std::string> scripted_carrier::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

std::size_t scripted_carrier::look_ups() const {
    const std::lock_guard lock(mutex_);
    return look_ups_;
}

pipeline_bench::pipeline_bench(asio::io_context& context, const bench_options& options)
    : executor(context.get_executor()),
      broker(executor),
      store(options.resend_ladder),
      by_verify_(options.by_verify),
      by_whatsapp_(options.by_whatsapp),
      connection_(executor, broker.address()),
      consumer(connection_, subscription()),
      publisher_(connection_),
      lines(executor, providers(), preferred(), {}, [](const lane&) { return gate_limits(); }),
      counts_(numbers),
      limits_(options.limits),
      policy_(limits_, options.leases),
      jobs(
          executor,
          {store, consumer, publisher_, lines, policy_, keys, keys, counts_},
          settings_of(options)
      ),
      intake_(
          consumer,
          jobs,
          templates(),
          {std::chrono::seconds(300), 6},
          options.queue_tenant,
          clock_,
          counts_
      ),
      tasks_(executor),
      store_ahead_(options.store_ahead) {}

asio::awaitable<void> pipeline_bench::start() {
    clock_.told(std::chrono::system_clock::now() + store_ahead_, boot_clock::now());
    tasks_.spawn([this] { return broker.run(); });
    tasks_.spawn([this] { return connection_.run(); });
    tasks_.spawn([this] { return publisher_.run(); });
    tasks_.spawn([this] { return consumer.run(); });
    tasks_.spawn([this]() -> asio::awaitable<void> {
        try {
            co_await jobs.run();
        } catch (const std::exception& error) {
            jobs_failure = error.what();
        }
        jobs_ended_ = true;
    });
    tasks_.spawn([this] { return intake_.run(); });
    const auto connected = [this] { return consumer.active() && publisher_.ready(); };
    co_await eventually(connected);
}

asio::awaitable<void> pipeline_bench::drain(
    std::chrono::milliseconds grace,
    std::chrono::milliseconds to_record
) {
    drained_ = true;
    co_await consumer.cancel();
    co_await jobs.drain(std::chrono::steady_clock::now() + grace, to_record);
    consumer.flush();
    const auto ended = [this] { return jobs_ended_; };
    co_await eventually(ended);
}

asio::awaitable<void> pipeline_bench::stop() {
    if (!drained_)
        co_await drain(std::chrono::seconds(10));
    consumer.close();
    connection_.stop();
    tasks_.cancel();
    co_await tasks_.join();
}

void pipeline_bench::replace_lines(const std::vector<std::string>& changed) {
    const auto limits = [](const lane&) { return gate_limits(); };
    lines.replace(providers("another-token"), preferred(), {}, limits, changed);
}

amqp::consumer_options pipeline_bench::subscription() {
    amqp::consumer_options options;
    options.queue = "otp.send";
    return options;
}

std::vector<std::unique_ptr<provider>> pipeline_bench::providers(const char* token) const {
    provider_settings all;
    all.twilio.account_sid = "AC" + std::string(32, '0');
    all.twilio.auth_token = secret(token);
    all.twilio.api_url = all.twilio.verify_api_url = twilio.url();
    if (by_verify_)
        all.twilio.verify_service_sid = "VA" + std::string(32, '0');
    else
        all.twilio.phone_number = "+14155550199";
    all.gupshup_sms.userid = "2000190001";
    all.gupshup_sms.password = secret("password");
    all.gupshup_sms.api_url = gupshup.url() + "/GatewayAPI/rest";
    if (by_whatsapp_) {
        all.gupshup_whatsapp.api_key = secret("key");
        all.gupshup_whatsapp.source = "14155550198";
        all.gupshup_whatsapp.src_name = "acme";
        all.gupshup_whatsapp.template_id = "template";
        all.gupshup_whatsapp.api_url = gupshup.url() + "/wa/api/v1/template/msg";
    }
    return make_providers(all);
}

route_table pipeline_bench::preferred() const {
    route_table table;
    const auto* first = by_verify_ ? "twilio_verify" : "twilio";
    table[static_cast<std::size_t>(channel::sms)] = {first, "gupshup"};
    if (by_whatsapp_)
        table[static_cast<std::size_t>(channel::whatsapp)] = {"gupshup"};
    return table;
}

pipeline_settings pipeline_bench::settings_of(const bench_options& options) {
    pipeline_settings made;
    made.queue = "otp.send";
    made.process = "bench";
    made.concurrency = options.concurrency;
    made.hold_doubts = options.hold_doubts;
    made.callback_url = options.callback_url;
    made.app_name = "Acme";
    return made;
}

const live_templates& pipeline_bench::templates() {
    static const live_templates all(*template_set::load("templates"));
    return all;
}

void on_bench(
    const std::function<asio::awaitable<void>(pipeline_bench&)>& play,
    const bench_options& options
) {
    log::set_level(log::level::error);
    asio::io_context context(1);
    pipeline_bench bench(context, options);
    run_to_end(context, [&]() -> asio::awaitable<void> {
        co_await bench.start();
        co_await play(bench);
        co_await bench.stop();
    });
}

}  // namespace otp::test
