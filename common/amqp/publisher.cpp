#include "common/amqp/publisher.hpp"

#include "common/amqp/call.hpp"
#include "common/amqp/connection.hpp"
#include "common/amqp/topology.hpp"
#include "common/async/event.hpp"

#include <stdexcept>
#include <utility>

namespace otp::amqp {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr auto open_limit = 10s;
constexpr auto pause_before_reopening = 100ms;
// A queue without a majority confirms nothing. So many windows may pass a message that waits for
// its confirm, some MB of notes; then a new channel calls it unknown, and all that is under way.
constexpr std::size_t windows_past_one = 16;

void check_lengths(const outgoing_message& m) {
    const message_properties& p = m.properties;
    for (const std::string* text :
         {&m.exchange,
          &m.routing_key,
          &p.content_type,
          &p.content_encoding,
          &p.correlation_id,
          &p.reply_to,
          &p.expiration,
          &p.message_id,
          &p.type,
          &p.app_id})
        if (text->size() > wire::short_string_limit)
            throw std::length_error("an AMQP name or property is longer than 255 octets");
    for (const field& header : p.headers)
        if (header.name.size() > wire::short_string_limit)
            throw std::length_error("an AMQP header's name is longer than 255 octets");
}

routing_identity identity_of(const outgoing_message& m) {
    // A return that was not asked for cannot come.
    if (!m.mandatory)
        return {};
    return {m.exchange, m.routing_key, m.properties.message_id};
}

}  // namespace

// What one caller wants sent.
struct publisher::batch {
    batch(const asio::any_io_executor& executor, std::vector<outgoing_message> wanted, deadline at)
        : messages(std::move(wanted)),
          results(messages.size(), publish_result::not_sent),
          ended(executor, at) {}

    bool settled() const noexcept { return sent == messages.size() && unsettled == 0; }

    void settle(std::size_t index, publish_result result) {
        results[index] = result;
        --unsettled;
        if (settled())
            ended.notify();
    }

    std::vector<outgoing_message> messages;
    std::vector<publish_result> results;
    std::size_t sent = 0;
    std::size_t unsettled = 0;  // of those sent
    event ended;                // all is settled, nothing more goes, or its deadline has come
};

publisher::publisher(connection& on, std::size_t window) : connection_(on), limit_(window) {
    if (window == 0)
        throw std::invalid_argument("a publisher needs a window of at least 1");
}

publisher::~publisher() {
    close_channel();
}

bool publisher::ready() const noexcept {
    return confirming_ && !connection_.blocked();
}

asio::awaitable<bool> publisher::confirm_ready(deadline at) {
    if (!ready())
        co_return false;
    const error silent = co_await confirm_answers(connection_, at);
    if (silent)
        co_return false;
    co_return ready();  // it may have been lost meanwhile
}

asio::awaitable<void> publisher::run() {
    while (!connection_.stopped()) {
        const bool up = co_await connection_.wait_up();
        if (!up)
            break;
        error failed = co_await open_channel();
        if (!failed)
            co_await send_until_lost();
        else
            lose(failed);
        close_channel();
        if (!connection_.stopped())
            co_await sleep_for(pause_before_reopening);
    }
    ended_ = true;
    for (const auto& unsent : std::exchange(waiting_, {}))
        unsent->ended.notify();
}

asio::awaitable<error> publisher::open_channel() {
    session_ = connection_.current_session();
    if (session_)
        channel_ = session_->open_channel(*this);
    if (channel_ == 0)
        co_return error(errc::lost, "no channel");
    put_plain(session_->output(), channel_, method_id::confirm_select);
    call opened(connection_.executor(), steady_clock::now() + open_limit);
    opened.expect(*session_, channel_, method_id::confirm_select_ok);
    connection_.flush();
    error failed = co_await opened.answer();
    if (failed)
        co_return failed;
    if (channel_ == 0)
        co_return last_error_;
    confirming_ = true;
    last_error_ = error();
    co_return error();
}

asio::awaitable<void> publisher::send_until_lost() {
    while (confirming_) {
        send_waiting();
        if (is_held_up())
            lose(error(
                errc::timeout,
                "a message has waited for its confirm while thousands got theirs"
            ));
        else
            co_await connection_.changed().wait();
    }
}

asio::awaitable<std::vector<publish_result>> publisher::publish(
    std::vector<outgoing_message> messages,
    deadline at
) {
    for (const outgoing_message& m : messages)
        check_lengths(m);
    const auto wanted = std::make_shared<batch>(connection_.executor(), std::move(messages), at);
    if (ended_ || at <= steady_clock::now() || wanted->settled()) {
        count(*wanted);
        co_return wanted->results;
    }
    waiting_.push_back(wanted);
    send_waiting();
    co_await wanted->ended.wait();
    std::erase(waiting_, wanted);
    count(*wanted);
    co_return wanted->results;
}

void publisher::count(const batch& ended) noexcept {
    for (const publish_result result : ended.results)
        ++results_[static_cast<std::size_t>(result)];
}

asio::awaitable<publish_result> publisher::publish(outgoing_message message, deadline at) {
    std::vector<outgoing_message> one;
    one.push_back(std::move(message));
    const std::vector<publish_result> results = co_await publish(std::move(one), at);
    co_return results.front();
}

void publisher::send_waiting() {
    if (!ready())
        return;
    while (!waiting_.empty() && under_way_.unsettled() < limit_ && !is_held_up()) {
        const std::shared_ptr<batch> front = waiting_.front();
        const std::size_t index = front->sent++;
        const outgoing_message& message = front->messages[index];
        put_message(session_->output(), channel_, session_->frame_max(), message);
        front->results[index] = publish_result::unknown;
        ++front->unsettled;
        under_way_.sent(slot{front, index}, identity_of(message));
        if (front->sent == front->messages.size())
            waiting_.pop_front();
    }
    connection_.flush();
    if (is_held_up())
        connection_.changed().notify();
}

bool publisher::is_held_up() const noexcept {
    return under_way_.size() >= windows_past_one * limit_;
}

void publisher::on_confirm(std::uint64_t tag, bool multiple, bool acked) {
    const auto settle = [](const slot& s, publish_result result) { s.of->settle(s.index, result); };
    if (!under_way_.confirmed(tag, multiple, acked, settle))
        connection_.drop(
            protocol_error("a confirm for message " + std::to_string(tag) + ", never sent")
        );
    send_waiting();
}

void publisher::on_return(delivery&& message) {
    under_way_.returned(
        {std::move(message.exchange),
         std::move(message.routing_key),
         std::move(message.properties.message_id)}
    );
}

void publisher::on_closed(const error& why) {
    channel_ = 0;
    lose(why);
}

void publisher::lose(const error& why) {
    confirming_ = false;
    last_error_ = why;
    under_way_.lost([](const slot& s, publish_result result) { s.of->settle(s.index, result); });
    connection_.changed().notify();
}

void publisher::close_channel() {
    if (channel_ == 0)
        return;
    session_->close_channel(std::exchange(channel_, std::uint16_t{0}));
    connection_.flush();
}

}  // namespace otp::amqp
