#pragma once

#include "common/amqp/consumer.hpp"
#include "common/amqp/publisher.hpp"
#include "common/core/random.hpp"
#include "common/log/log.hpp"
#include "tests/support/http_scripted_server.hpp"
#include "tests/support/loopback_broker.hpp"
#include "tests/support/memory_delivery_store.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/intake/intake.hpp"
#include "worker/provider/make_providers.hpp"
#include "worker/text/live_templates.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace otp::test {

inline std::string http_answer(const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

// A provider's end: keeps the sends and answers each as told, and each look-up with its list.
class scripted_carrier {
public:
    explicit scripted_carrier(std::string answer)
        : answer_(std::move(answer)),
          server_(std::vector<scripted_server::script>(32, [this](peer& from) { serve(from); })) {}
    ~scripted_carrier() { release(); }

    std::string url() const { return server_.url(); }
    std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    std::size_t size() const { return requests().size(); }
    std::size_t look_ups() const {
        const std::lock_guard lock(mutex_);
        return look_ups_;
    }

    // From now on; empty: the connection ends instead.
    void list(std::string bytes) {
        const std::lock_guard lock(mutex_);
        list_ = std::move(bytes);
    }

    // Answers wait until release().
    void hold() {
        const std::lock_guard lock(mutex_);
        held_ = true;
    }
    void release() {
        const std::lock_guard lock(mutex_);
        held_ = false;
        changed_.notify_all();
    }
    // From now on; empty: the connection ends instead.
    void answer_with(std::string bytes) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(bytes);
    }

private:
    void serve(peer& from) {
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

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> requests_;
    std::string answer_;
    std::string list_ = http_answer("200 OK", R"({"messages":[]})");
    std::size_t look_ups_ = 0;
    bool held_ = false;
    scripted_server server_;
};

inline const std::string twilio_accepts = http_answer(
    "201 Created",
    R"({"sid":"SM0123456789abcdef0123456789abcdef","status":"queued","num_segments":"1","error_code":null})"
);
inline const std::string gupshup_accepts =
    http_answer("200 OK", "success | 14155550100 | 3562707498794989059-328");

struct bench_options {
    std::size_t concurrency = 16;
    bool hold_doubts = false;
    std::vector<int> resend_ladder = {30};
    std::string callback_url;  // where receipts are asked for
    limit_rules limits = {};
    rate_blocks::lease leases = {};       // who grants rates, where the limits have any
    std::chrono::seconds store_ahead{0};  // its clock, of this machine's
    std::string queue_tenant = {};        // to whom the queue is pinned
    bool by_verify = false;               // Twilio's texts go by Twilio Verify
    bool by_whatsapp = false;             // Gupshup sends WhatsApp, too
};

// A worker without its process: broker and providers on loopback, the store in memory.
class pipeline_bench {
public:
    pipeline_bench(asio::io_context& context, const bench_options& options)
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

    asio::awaitable<void> start() {
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

    // As the worker does it.
    asio::awaitable<void> drain(
        std::chrono::milliseconds grace,
        std::chrono::milliseconds to_record = std::chrono::seconds(10)
    ) {
        drained_ = true;
        co_await consumer.cancel();
        co_await jobs.drain(std::chrono::steady_clock::now() + grace, to_record);
        consumer.flush();
        const auto ended = [this] { return jobs_ended_; };
        co_await eventually(ended);
    }

    asio::awaitable<void> stop() {
        if (!drained_)
            co_await drain(std::chrono::seconds(10));
        consumer.close();
        connection_.stop();
        tasks_.cancel();
        co_await tasks_.join();
    }

    template <class Condition>
    static asio::awaitable<void> eventually(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                throw std::runtime_error("not in time");
            co_await sleep_for(std::chrono::milliseconds(1));
        }
    }

    // As a reload does where these settings have changed.
    void replace_lines(const std::vector<std::string>& changed) {
        const auto limits = [](const lane&) { return gate_limits(); };
        lines.replace(providers("another-token"), preferred(), {}, limits, changed);
    }

    bool jobs_ended() const { return jobs_ended_; }
    std::string jobs_failure;  // what the pipeline threw

    asio::any_io_executor executor;
    scripted_carrier twilio{twilio_accepts};
    scripted_carrier gupshup{gupshup_accepts};
    loopback_broker broker;
    memory_delivery_store store;
    key_ring keys = *key_ring::parse("k1:" + std::string(64, 'a'));
    metrics numbers;

private:
    bool by_verify_;
    bool by_whatsapp_;
    amqp::connection connection_;

public:
    amqp::consumer consumer;

private:
    static amqp::consumer_options subscription() {
        amqp::consumer_options options;
        options.queue = "otp.send";
        return options;
    }
    std::vector<std::unique_ptr<provider>> providers(const char* token = "token") const {
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
    route_table preferred() const {
        route_table table;
        const auto* first = by_verify_ ? "twilio_verify" : "twilio";
        table[static_cast<std::size_t>(channel::sms)] = {first, "gupshup"};
        if (by_whatsapp_)
            table[static_cast<std::size_t>(channel::whatsapp)] = {"gupshup"};
        return table;
    }
    static pipeline_settings settings_of(const bench_options& options) {
        pipeline_settings made;
        made.queue = "otp.send";
        made.process = "bench";
        made.concurrency = options.concurrency;
        made.hold_doubts = options.hold_doubts;
        made.callback_url = options.callback_url;
        made.app_name = "Acme";
        return made;
    }
    static const live_templates& templates() {
        static const live_templates all("templates", *template_set::load("templates"));
        return all;
    }

    amqp::publisher publisher_;

public:
    provider_lines lines;

private:
    worker_metrics counts_;
    limit_rules limits_;
    send_policy policy_;

public:
    pipeline jobs;

private:
    store_clock clock_;
    intake intake_;
    task_group tasks_;
    std::chrono::seconds store_ahead_;
    bool drained_ = false;
    bool jobs_ended_ = false;
};

// Runs `play(bench)` against a worker that is ready, and drains it.
template <class Play>
void on_bench(Play play, const bench_options& options = {}) {
    log::set_level(log::level::error);
    asio::io_context context(1);
    std::exception_ptr failure =
        std::make_exception_ptr(std::runtime_error("the play did not end"));
    pipeline_bench bench(context, options);
    auto work = [&]() -> asio::awaitable<void> {
        co_await bench.start();
        co_await play(bench);
        co_await bench.stop();
    };
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr error) {
        failure = error;
        context.stop();
    });
    context.run();
    if (failure)
        std::rethrow_exception(failure);
}

struct test_job {
    uuid id = new_uuid();
    std::string number = next_number();
    std::string more;  // further fields, each with a comma in front

    std::string body() const {
        return R"({"request_id":")" + to_string(id) + R"(","to":")" + number +
               R"(","channel":"sms","locale":"en")" + more + "}";
    }

    static std::string next_number() {
        static int numbers = 0;
        return "+1415555" + std::to_string(1000 + ++numbers);
    }
};

}  // namespace otp::test
