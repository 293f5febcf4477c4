#pragma once

#include "common/amqp/connection.hpp"
#include "common/amqp/consumer.hpp"
#include "common/amqp/publisher.hpp"
#include "common/amqp/topology.hpp"
#include "common/async/deadline.hpp"
#include "common/async/run.hpp"
#include "common/async/task_group.hpp"
#include "common/core/base64.hpp"
#include "common/core/random.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// What a condition may take on a busy machine before the test fails.
inline constexpr auto patience = 20s;

inline std::string need(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0')
        throw std::runtime_error(
            std::string(name) + " is not set: start the servers with scripts/devstack up"
        );
    return value;
}

inline deadline soon() {
    return std::chrono::steady_clock::now() + patience;
}

inline amqp::broker broker_at(const std::string& url) {
    auto parsed = amqp::parse_urls(url);
    if (!parsed)
        throw std::runtime_error("not a broker's URL: " + parsed.error());
    return std::move(parsed->front());
}

// The broker's management interface, by plain blocking HTTP.
class management {
public:
    management() : at_(broker_at("amqp" + need("RABBITMQ_MANAGEMENT_URL").substr(4))) {}

    // The body of the answer; throws where the status is not 2xx.
    std::string request(std::string_view verb, const std::string& path, std::string_view body = {})
        const {
        asio::io_context context;
        asio::ip::tcp::socket socket(context);
        asio::connect(socket, asio::ip::tcp::resolver(context).resolve(at_.host, at_.port));
        std::string out(verb);
        out += " /api" + path + " HTTP/1.0\r\nAuthorization: Basic " + credentials();
        out +=
            "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size());
        out += "\r\n\r\n";
        asio::write(socket, asio::buffer(out.append(body)));
        std::string answer;
        boost::system::error_code end;
        asio::read(socket, asio::dynamic_buffer(answer), end);
        if (answer.substr(0, 5) != "HTTP/" || answer.substr(9, 1) != "2")
            throw std::runtime_error(std::string(verb) + ' ' + path + ": " + answer.substr(0, 200));
        return answer.substr(answer.find("\r\n\r\n") + 4);
    }

private:
    std::string credentials() const {
        const secret encoded = base64(at_.user + ':' + std::string(at_.password.reveal()));
        return std::string(encoded.reveal());
    }

    amqp::broker at_;
};

// A virtual host of its own for a test, gone with all that is in it at the end.
class fresh_vhost {
public:
    fresh_vhost() : name_("test-" + to_string(new_uuid())) {
        http_.request("PUT", "/vhosts/" + name_);
        http_.request(
            "PUT",
            "/permissions/" + name_ + '/' + broker_at(need("AMQP_URL")).user,
            R"({"configure":".*","write":".*","read":".*"})"
        );
    }
    fresh_vhost(const fresh_vhost&) = delete;
    fresh_vhost& operator=(const fresh_vhost&) = delete;
    ~fresh_vhost() {
        try {
            http_.request("DELETE", "/vhosts/" + name_);
        } catch (const std::exception&) {  // the test has its verdict already
        }
    }

    amqp::connection_options options(const char* url = "AMQP_URL") const {
        amqp::connection_options made;
        made.brokers.push_back(broker_at(need(url)));
        made.brokers.back().vhost = name_;
        made.first_pause = 10ms;
        return made;
    }
    const std::string& name() const noexcept { return name_; }
    const management& http() const noexcept { return http_; }

private:
    management http_;
    std::string name_;
};

template <class Condition>
asio::awaitable<void> eventually(const char* what, const Condition& condition) {
    const deadline end = soon();
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error(std::string("still not so: ") + what);
        co_await sleep_for(2ms);
    }
}

inline amqp::topology queue_only(const std::string& name, amqp::table arguments = {}) {
    amqp::topology made;
    made.queues.emplace_back(name, std::move(arguments));
    return made;
}

inline amqp::consumer_options consuming(const std::string& queue, std::uint16_t prefetch = 256) {
    amqp::consumer_options made;
    made.queue = queue;
    made.prefetch = prefetch;
    made.declared_first = queue_only(queue, {{"x-queue-type", std::string("quorum")}});
    made.first_pause = 10ms;
    return made;
}

// To the queue of that name, through the default exchange.
inline amqp::outgoing_message to_queue(const std::string& queue, std::string body) {
    amqp::outgoing_message made;
    made.routing_key = queue;
    made.body = std::move(body);
    return made;
}

inline std::vector<amqp::outgoing_message> numbered(const std::string& queue, int count) {
    std::vector<amqp::outgoing_message> made;
    for (int i = 0; i < count; ++i)
        made.push_back(to_queue(queue, std::to_string(i)));
    return made;
}

// One process's share: a connection to consume, another to publish.
class client {
public:
    client(
        const asio::any_io_executor& executor,
        const fresh_vhost& vhost,
        amqp::consumer_options options
    )
        : in(executor, vhost.options()),
          out(executor, vhost.options()),
          consumer(in, std::move(options)),
          publisher(out),
          tasks(executor) {}

    // Left by an exception: nothing of it may run on.
    ~client() {
        if (tasks.size() != 0)
            static_cast<asio::io_context&>(asio::query(in.executor(), asio::execution::context))
                .stop();
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    asio::awaitable<void> start() {
        tasks.spawn([this] { return in.run(); });
        tasks.spawn([this] { return out.run(); });
        tasks.spawn([this] { return consumer.run(); });
        tasks.spawn([this] { return publisher.run(); });
        const auto ready = [this] { return consumer.active() && publisher.ready(); };
        co_await eventually("subscribed and ready to publish", ready);
    }

    asio::awaitable<void> stop() {
        consumer.close();
        in.stop();
        out.stop();
        co_await tasks.join();
    }

    asio::awaitable<std::vector<amqp::delivery>> receive(std::size_t count) {
        std::vector<amqp::delivery> all;
        while (all.size() < count) {
            auto some = co_await until(soon(), consumer.receive(count - all.size()));
            if (!some || some->empty())
                throw std::runtime_error("nothing more was delivered");
            for (amqp::delivery& d : *some)
                all.push_back(std::move(d));
        }
        co_return all;
    }

    amqp::connection in, out;
    amqp::consumer consumer;
    amqp::publisher publisher;
    task_group tasks;
};

}  // namespace otp::test
