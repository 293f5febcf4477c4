#include "sandbox/receipt_sender.hpp"

#include "common/log/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace otp::sandbox {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds pause_between_tries{200};
constexpr std::size_t most_destinations = 64;

// What went wrong with one try; empty where the receipt got through.
struct try_end {
    std::string failure;
    bool again = false;
};

try_end judge(const http::call_result& result, const callback_url& to) {
    if (!result) {
        const bool not_sent = result.error().sent == http::call_failure::certainty::not_sent;
        return {result.error().text, not_sent || to.retry_silence};
    }
    const unsigned status = result->status;
    if (status < 300)
        return {};
    const bool again = (status >= 500 && to.retry_5xx) || (status / 100 == 4 && to.retry_4xx);
    return {"HTTP " + std::to_string(status), again};
}

}  // namespace

receipt_sender::receipt_sender(asio::any_io_executor executor, receipt_options options)
    : executor_(executor),
      options_(std::move(options)),
      wake_(executor),
      posts_(executor) {
    if (options_.ca_file.empty())
        return;
    http::client_options https;
    https.base_url = "https://localhost";
    https.ca_file = options_.ca_file;
    const http::client reads_the_file(executor_, std::move(https));
}

void receipt_sender::schedule(const message_ptr& about) {
    const auto now = steady_clock::now();
    for (auto& what : receipts_for(about, options_.pace)) {
        if (queue_.size() >= options_.most_waiting) {
            if (dropped_++ % options_.most_waiting == 0)
                log::warning("receipts_dropped")
                    .with("waiting", queue_.size())
                    .with("dropped", dropped_);
            return;
        }
        const auto due = now + what.after;
        const bool is_first = queue_.empty() || due < queue_.top().due;
        queue_.push({due, ++scheduled_, std::move(what)});
        if (is_first)
            wake_.cancel();
    }
}

asio::awaitable<void> receipt_sender::run() {
    while (true) {
        start_due();
        const bool idle = queue_.empty() || under_way_ >= options_.most_under_way;
        wake_.expires_at(idle ? deadline::max() : queue_.top().due);
        co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            break;
    }
    // Cancelled, but not done, and it may be cancelled again: without this an await would throw.
    co_await asio::this_coro::throw_if_cancelled(false);
    posts_.cancel();
    co_await posts_.join();
    destinations_.clear();  // the timers of idle connections would keep the io_context at work
}

void receipt_sender::start_due() {
    const auto now = steady_clock::now();
    while (!queue_.empty() && queue_.top().due <= now && under_way_ < options_.most_under_way) {
        auto what = queue_.top().what;
        queue_.pop();
        ++under_way_;
        posts_.spawn([this, what = std::move(what)] { return post(what); });
    }
}

asio::awaitable<void> receipt_sender::post(receipt what) {
    struct place {
        receipt_sender& owner;
        explicit place(receipt_sender& o) : owner(o) {}
        ~place() {
            --owner.under_way_;
            owner.wake_.cancel();
        }
    } const taken(*this);
    co_await try_to_post(what);
}

asio::awaitable<void> receipt_sender::try_to_post(const receipt& what) {
    const auto receipt_text = write_receipt(
        what,
        options_.account_sid,
        options_.auth_token.reveal(),
        options_.gupshup_app,
        std::chrono::system_clock::now()
    );
    if (!receipt_text)
        co_return;
    const auto& to = receipt_text->to;
    const auto client = client_for(to.origin);
    http::request request;
    request.target = to.target;
    request.head = receipt_text->head;
    request.body = secret(receipt_text->body);
    const auto last = steady_clock::now() + to.all_within;
    try_end end;
    for (int left = to.retries; left >= 0; --left) {
        const auto result =
            co_await client->call(request, std::min(last, steady_clock::now() + to.answer_within));
        end = judge(result, to);
        if (!end.again || steady_clock::now() + pause_between_tries >= last)
            break;
        co_await sleep_for(pause_between_tries);
    }
    ++(end.failure.empty() ? taken_ : refused_);
    note(to.origin, end.failure);
}

// Those that are forgotten live on in the calls that use them.
std::shared_ptr<http::client> receipt_sender::client_for(const std::string& origin) {
    if (destinations_.size() >= most_destinations &&
        destinations_.find(origin) == destinations_.end())
        destinations_.clear();
    auto& to = destinations_[origin];
    if (!to.client) {
        http::client_options options;
        options.base_url = origin;
        options.ca_file = options_.ca_file;
        options.most_connections = options_.most_under_way;
        to.client = std::make_shared<http::client>(executor_, std::move(options));
    }
    return to.client;
}

// The path of a callback URL may be a secret, so only its origin is named.
void receipt_sender::note(const std::string& origin, const std::string& failure) {
    auto& to = destinations_[origin];
    if (!failure.empty() && !to.fails)
        log::warning("receipt_refused").with("origin", origin).with("error", failure);
    to.fails = !failure.empty();
}

}  // namespace otp::sandbox
