#include "common/amqp/publisher.hpp"
#include "ctl/dead/counts.hpp"
#include "ctl/dead/dead.hpp"
#include "ctl/dead/filter.hpp"
#include "ctl/dead/queue.hpp"
#include "ctl/dead/words.hpp"
#include "ctl/servers.hpp"
#include "ctl/with_broker.hpp"

#include <exception>
#include <iostream>
#include <memory>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

// A message of the page, and what is known of it once its body went into the job.
struct original {
    std::uint64_t tag;
    std::uint64_t epoch;
    dead_letter letter;
    std::string routing_key;  // of the job
};

constexpr auto confirm_limit = std::chrono::seconds(30);  // of a page

std::string why_not_confirmed(amqp::publish_result result, const std::string& routing_key) {
    switch (result) {
    case amqp::publish_result::nacked:
        return "the work queue is full";
    case amqp::publish_result::unroutable:
        return "no queue is bound to exchange otp by the key " + shown_word(routing_key);
    case amqp::publish_result::not_sent:
    case amqp::publish_result::unknown:
    case amqp::publish_result::confirmed:
        break;
    }
    return "the broker did not confirm it";
}

// One run over the queue. In a dry one there is no publisher.
class replay {
public:
    replay(const dead_filter& filter, amqp::publisher* to, dead_counts& counts)
        : filter_(filter),
          to_(to),
          counts_(counts) {}

    // Ends early where the broker does not take a job: the next would fare no better.
    asio::awaitable<void> run(dead_queue& queue) {
        while (all_confirmed_) {
            auto page = co_await queue.next_page();
            if (page.empty())
                co_return;
            choose(std::move(page));
            if (to_ != nullptr)
                co_await publish(queue);
        }
        throw exit_with(exit_code::unavailable, "not all were confirmed; run it again");
    }

private:
    void choose(std::vector<amqp::delivery> page) {
        chosen_.clear();
        jobs_.clear();
        for (auto& message : page) {
            auto letter = read_dead_letter(message);
            if (!filter_.matches(letter))
                continue;
            if (const auto why = why_not_replayed(letter); !why.empty()) {
                counts_.skipped(letter, why);
            } else if (to_ == nullptr) {
                counts_.done(letter);
            } else {
                const auto tag = message.tag;
                const auto epoch = message.epoch;
                auto job = revive(std::move(message));
                chosen_.push_back({tag, epoch, std::move(letter), job.routing_key});
                jobs_.push_back(std::move(job));
            }
        }
    }

    asio::awaitable<void> publish(dead_queue& queue) {
        if (jobs_.empty())
            co_return;
        const auto at = std::chrono::steady_clock::now() + confirm_limit;
        const auto results = co_await to_->publish(std::move(jobs_), at);
        for (std::size_t i = 0; i != results.size(); ++i) {
            const auto& [tag, epoch, letter, routing_key] = chosen_[i];
            if (results[i] == amqp::publish_result::confirmed) {
                queue.remove(tag, epoch);
                counts_.done(letter);
            } else {
                counts_.skipped(letter, why_not_confirmed(results[i], routing_key));
                all_confirmed_ = false;
            }
        }
    }

    const dead_filter& filter_;
    amqp::publisher* to_;
    dead_counts& counts_;
    std::vector<original> chosen_;
    std::vector<amqp::outgoing_message> jobs_;
    bool all_confirmed_ = true;
};

asio::awaitable<void> publish_from(
    dead_queue& queue,
    amqp::connection& broker,
    task_group& tasks,
    const dead_filter& filter,
    dead_counts& counts
) {
    const auto publisher = std::make_shared<amqp::publisher>(broker);
    tasks.spawn([publisher] { return publisher->run(); });
    replay work(filter, publisher.get(), counts);
    co_await work.run(queue);
}

// Publishes on a connection of its own, see amqp::connection.
asio::awaitable<void> replay_for_good(
    settings& from,
    dead_queue& queue,
    const dead_filter& filter,
    dead_counts& counts
) {
    const broker_work publish = [&](amqp::connection& broker, task_group& tasks) {
        return publish_from(queue, broker, tasks, filter, counts);
    };
    auto options = broker_options(from);
    std::exception_ptr failure;
    try {
        co_await with_broker(std::move(options), publish);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        // What was confirmed of the last page need not be published again.
        co_await queue.close();
        std::rethrow_exception(failure);
    }
}

asio::awaitable<void> replay_dry(
    dead_queue& queue,
    const dead_filter& filter,
    dead_counts& counts
) {
    replay work(filter, nullptr, counts);
    co_await work.run(queue);
}

}  // namespace

exit_code run_dead_replay(settings& from, const std::vector<std::string>& words) {
    const flags given(words, filter_flags(), {"--all", "--dry-run", "--yes", "--json"});
    if (!given.words().empty())
        throw exit_with(exit_code::usage, "replay takes flags only, not " + given.words().front());
    const auto filter = read_filter_of_change(given, "replay");
    const bool dry = given.has("--dry-run");
    dead_counts counts;
    const auto* verb = dry ? "would be replayed" : "replayed";
    const auto told = [&] { return given.has("--json") ? counts.json(verb) : counts.text(verb); };
    try {
        with_dead_queue(from, [&](dead_queue& queue) {
            return dry ? replay_dry(queue, filter, counts)
                       : replay_for_good(from, queue, filter, counts);
        });
    } catch (const exit_with&) {
        std::cout << told();
        throw;
    }
    std::cout << told();
    return exit_code::fine;
}

}  // namespace otp
