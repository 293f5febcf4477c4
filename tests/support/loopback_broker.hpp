#pragma once

#include "common/amqp/connection.hpp"
#include "common/async/task_group.hpp"
#include "tests/unit/amqp_script.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace otp::test {

namespace asio = boost::asio;

// A broker for one connection with a consumer and a publisher: delivers what it is told to, and
// keeps what it was told, in order. On the io_context of the test.
class loopback_broker {
public:
    enum class reply { confirm, nack, return_unroutable };

    explicit loopback_broker(const asio::any_io_executor& executor);

    amqp::connection_options address() const;

    // Decides what becomes of a message that was published; confirms where it is empty.
    std::function<reply(const amqp::outgoing_message&)> decide;

    std::vector<amqp::outgoing_message> published;
    // "publish EXCHANGE KEY", "ack TAG", "requeue TAG", in the order they came.
    std::vector<std::string> heard;

    std::uint64_t deliver(std::string body, const amqp::message_properties& properties = {});

    bool has_heard(std::string_view words) const { return count(words) != 0; }
    std::ptrdiff_t count(std::string_view words) const;

    asio::awaitable<void> run();

private:
    struct publishing {
        amqp::outgoing_message message;
        std::uint64_t left = 0;
    };

    // Blocks for as long as the kernel's buffer is full, which so little does not fill.
    void say(const std::string& octets);
    asio::awaitable<void> read();

    void take_frames();

    void take_method(std::uint16_t channel, amqp::wire::reader arguments);

    void settle(const std::string& verdict, amqp::wire::reader arguments);

    void take_header(std::uint16_t channel, std::string_view payload);
    void take_body(std::uint16_t channel, std::string_view octets);
    void take_message(std::uint16_t channel);

    asio::ip::tcp::acceptor acceptor_;
    asio::ip::tcp::socket socket_;
    std::string unread_;
    std::uint16_t consuming_on_ = 0;
    std::uint64_t last_tag_ = 0;
    std::uint64_t last_published_ = 0;
    std::set<std::uint64_t> unsettled_;
    std::map<std::uint16_t, publishing> publishing_;
};

}  // namespace otp::test
