#pragma once

#include "common/amqp/codec/error.hpp"
#include "common/amqp/codec/session.hpp"
#include "common/async/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>

namespace otp::amqp {

// Waits for the answer to a method, at most until a deadline. An answer that comes after its caller
// has left is dropped.
class call {
public:
    call(const boost::asio::any_io_executor& executor, deadline at);

    // To be called once, in the turn in which the method is written.
    void expect(session& from, std::uint16_t channel, method_id answer);

    // Success, what the broker or the connection said instead, errc::timeout, or errc::stopped
    // where the caller was cancelled.
    boost::asio::awaitable<error> answer();
    // Of a queue's declaration, once it succeeded: the messages that are ready on it, and its
    // consumers.
    std::uint32_t message_count() const noexcept;
    std::uint32_t consumer_count() const noexcept;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace otp::amqp
