#pragma once

#include "common/amqp/consumer.hpp"
#include "common/amqp/publisher.hpp"
#include "common/core/random.hpp"
#include "tests/support/http_scripted_server.hpp"
#include "tests/support/loopback_broker.hpp"
#include "tests/support/memory_delivery_store.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/intake/intake.hpp"
#include "worker/provider/make_providers.hpp"
#include "worker/text/live_templates.hpp"

#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <functional>
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
    explicit scripted_carrier(std::string answer);
    ~scripted_carrier() { release(); }

    std::string url() const { return server_.url(); }
    std::vector<std::string> requests() const;
    std::size_t size() const { return requests().size(); }
    std::size_t look_ups() const;

    // From now on; empty: the connection ends instead.
    void list(std::string bytes);

    // Answers wait until release().
    void hold();
    void release();
    // From now on; empty: the connection ends instead.
    void answer_with(std::string bytes);

private:
    void serve(peer& from);

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
    pipeline_bench(asio::io_context& context, const bench_options& options);

    asio::awaitable<void> start();

    // As the worker does it.
    asio::awaitable<void> drain(
        std::chrono::milliseconds grace,
        std::chrono::milliseconds to_record = std::chrono::seconds(10)
    );

    asio::awaitable<void> stop();

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
    void replace_lines(const std::vector<std::string>& changed);

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
    static amqp::consumer_options subscription();
    std::vector<std::unique_ptr<provider>> providers(const char* token = "token") const;
    route_table preferred() const;
    static pipeline_settings settings_of(const bench_options& options);
    static const live_templates& templates();

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
void on_bench(
    const std::function<asio::awaitable<void>(pipeline_bench&)>& play,
    const bench_options& options = {}
);

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
