#include "ctl/dead/queue.hpp"

#include "common/amqp/codec/table.hpp"
#include "common/amqp/topology.hpp"
#include "common/async/run.hpp"
#include "common/config/program.hpp"
#include "ctl/servers.hpp"
#include "ctl/with_broker.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace otp {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr std::string_view queue_name = "otp.dead";
constexpr auto answer_limit = 30s;
constexpr auto silence = 250ms;  // so long nothing came: is anything left?
constexpr auto give_back_limit = 5s;

amqp::consumer_options page_options(std::size_t size) {
    amqp::consumer_options options;
    options.queue = queue_name;
    options.prefetch = static_cast<std::uint16_t>(size);
    return options;
}

// A message that comes from another queue may bring that one's count along. Such a one is taken for
// given back, which costs another page.
bool was_given_back(const amqp::delivery& message) {
    return amqp::find_integer(message.properties.raw_headers, "x-delivery-count").value_or(0) != 0;
}

}  // namespace

dead_queue::dead_queue(amqp::connection& on, task_group& tasks, deadline start_up_end)
    : connection_(on),
      tasks_(tasks),
      start_up_end_(start_up_end) {}

asio::awaitable<void> dead_queue::open() {
    const bool up = co_await connection_.wait_up(start_up_end_);
    if (!up)
        throw exit_with(
            exit_code::unavailable,
            "RabbitMQ cannot be reached: " + connection_.last_error().what()
        );
    left_ = co_await waiting();
}

asio::awaitable<std::size_t> dead_queue::waiting() {
    require_connected();
    const auto count = co_await amqp::count_queue(
        connection_,
        std::string(queue_name),
        steady_clock::now() + answer_limit
    );
    if (count)
        co_return count->messages;
    const bool refused = count.error().code.value() >= 200;
    throw exit_with(
        refused ? exit_code::configuration : exit_code::unavailable,
        count.error().what() + (refused ? "; `otpctl topology apply` declares it" : "")
    );
}

asio::awaitable<std::vector<amqp::delivery>> dead_queue::next_page(std::size_t most) {
    settle_last_page();
    std::vector<amqp::delivery> page;
    const std::size_t size = std::min({most, left_, page_size});
    if (size == 0)
        co_return page;
    auto reader = std::make_shared<amqp::consumer>(connection_, page_options(size));
    reader->on_state = [lost = lost_](bool active, const std::string& reason) {
        if (!active)
            *lost = reason;
    };
    tasks_.spawn([reader] { return reader->run(); });
    pages_.push_back(std::move(reader));
    co_await fill(page, size);
    // Without a subscription what is acknowledged is not followed by another message.
    const amqp::error failed = co_await pages_.back()->cancel();
    if (failed)
        throw exit_with(exit_code::unavailable, failed.what());
    left_ = page.size() < size ? 0 : left_ - size;
    may_end_here_ = left_ == 0 || !was_given_back(page.back());
    co_return page;
}

asio::awaitable<void> dead_queue::fill(std::vector<amqp::delivery>& page, std::size_t size) {
    auto& reader = *pages_.back();
    deadline patience = steady_clock::now() + answer_limit;
    while (page.size() < size) {
        auto some =
            co_await until(steady_clock::now() + silence, reader.receive(size - page.size()));
        require_connected();
        if (some) {
            std::move(some->begin(), some->end(), std::back_inserter(page));
            patience = steady_clock::now() + answer_limit;
            continue;
        }
        // Some of those that were there are another's by now.
        const std::size_t ready = co_await waiting();
        if (reader.active() && ready == 0)
            co_return;
        if (steady_clock::now() > patience)
            throw exit_with(exit_code::unavailable, "RabbitMQ delivers nothing from otp.dead");
    }
}

void dead_queue::remove(std::uint64_t tag, std::uint64_t epoch) {
    pages_.back()->ack(tag, epoch);
}

void dead_queue::settle_last_page() {
    if (pages_.empty())
        return;
    auto& last = *pages_.back();
    last.flush();
    if (last.outstanding() == 0)
        last.close();
}

void dead_queue::require_connected() const {
    if (!lost_->empty() || !connection_.up())
        throw exit_with(
            exit_code::unavailable,
            "RabbitMQ was lost (" + (lost_->empty() ? connection_.last_error().what() : *lost_) +
                "); what was read and not removed lies on otp.dead again"
        );
}

asio::awaitable<void> dead_queue::close() {
    settle_last_page();
    const auto at = steady_clock::now() + give_back_limit;
    std::size_t given = co_await waiting();
    for (const auto& page : pages_)
        if (page->outstanding() != 0)
            co_await give_back(*page, given, at);
}

// Each page after the one before it, for what comes back goes behind what came back earlier.
asio::awaitable<void> dead_queue::give_back(amqp::consumer& page, std::size_t& given, deadline at) {
    given += page.outstanding();
    page.close();
    for (;;) {
        // Another reader may take them as they come.
        const std::size_t ready = co_await waiting();
        if (ready >= given || steady_clock::now() >= at)
            co_return;
        co_await sleep_for(2ms);
    }
}

namespace {

asio::awaitable<void> read_queue(
    amqp::connection& broker,
    task_group& tasks,
    deadline start_up_end,
    const std::function<asio::awaitable<void>(dead_queue&)>& work
) {
    dead_queue queue(broker, tasks, start_up_end);
    co_await queue.open();
    co_await work(queue);
    co_await queue.close();
}

}  // namespace

void with_dead_queue(
    settings& from,
    const std::function<asio::awaitable<void>(dead_queue&)>& work
) {
    const broker_work read = [&](amqp::connection& broker, task_group& tasks) {
        return read_queue(broker, tasks, startup_end(from), work);
    };
    run_to_end([&] { return with_broker(broker_options(from), read); });
}

}  // namespace otp
