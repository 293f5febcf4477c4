#include "common/async/run.hpp"
#include "common/async/task_group.hpp"
#include "common/config/shared_settings.hpp"
#include "common/postgres/connect.hpp"
#include "ctl/flags.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"
#include "ctl/top/draw.hpp"
#include "ctl/top/gather.hpp"
#include "ctl/top/screen.hpp"
#include "ctl/top/top_json.hpp"
#include "ctl/top/worker_urls.hpp"
#include "ctl/with_broker.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <optional>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds last_minute{60'000};
constexpr std::chrono::seconds patience{5};  // with a server that is away

// One run of `top`: looks, draws, and waits for the next time, a key or a new size.
class top {
public:
    top(settings& from, const flags& given)
        : from_(from),
          queue_(read_queue(from)),
          urls_(worker_urls(given)),
          interval_(given.whole("--interval", 1, 3600, 2)),
          json_(given.has("--json")) {}

    asio::awaitable<void> once() {
        co_await connect();
        work look_once = [this] { return look(); };
        co_await with_queues(std::move(look_once));
        drawing on;
        on.width = size_of_screen().width;
        on.colour = false;
        std::cout << (json_ ? top_json(view_) + "\n" : draw_top(view_, on)) << std::flush;
        if (const auto faults = what_was_not_asked(view_); !faults.empty())
            throw exit_with(exit_code::unavailable, faults);
    }

    asio::awaitable<void> live() {
        co_await connect();
        work draw_on = [this] { return draw_until_ended(); };
        co_await with_queues(std::move(draw_on));
    }

private:
    using work = std::function<asio::awaitable<void>()>;

    asio::awaitable<void> connect() { database_.emplace(co_await connect_database(from_)); }

    // Without AMQP_URL there are no queues to see.
    asio::awaitable<void> with_queues(work what) {
        if (!from_.is_set("AMQP_URL")) {
            co_await what();
            co_return;
        }
        const broker_work see_queues = [&](amqp::connection& broker, task_group&) {
            broker_ = &broker;
            return what();
        };
        auto options = broker_options(from_);
        co_await with_broker(std::move(options), see_queues);
        broker_ = nullptr;
    }

    // One attempt: an outage is a fault to show, and only the start waits for its end.
    asio::awaitable<void> reconnect(top_view& seen) {
        const secret url = database_url(from_);
        postgres::connect_options options;
        options.application_name = "otpctl";
        auto opened =
            co_await postgres::connect(url, options, std::chrono::steady_clock::now() + patience);
        if (opened)
            database_.emplace(std::move(*opened));
        else
            seen.faults.push_back("PostgreSQL: " + opened.error().text());
    }

    asio::awaitable<void> look() {
        top_view seen;
        seen.at = std::chrono::system_clock::now();
        if (!database_->alive())
            co_await reconnect(seen);
        if (database_->alive())
            co_await gather_database(*database_, last_minute, seen);
        if (broker_ != nullptr) {
            const bool up = co_await broker_->wait_up(std::chrono::steady_clock::now() + patience);
            if (up)
                co_await gather_queues(*broker_, queue_, seen);
            else
                seen.faults.push_back("RabbitMQ: " + broker_->last_error().what());
        }
        co_await gather_workers(urls_, seen);
        view_ = std::move(seen);
    }

    void draw(const screen& on) const {
        const auto size = size_of_screen();
        drawing how;
        how.width = size.width;
        how.height = size.height;
        how.colour = std::getenv("NO_COLOR") == nullptr;
        on.show(draw_top(view_, how));
    }

    asio::awaitable<void> draw_until_ended() {
        const screen page;
        task_group listeners(co_await asio::this_coro::executor);
        asio::steady_timer next(co_await asio::this_coro::executor);
        listeners.spawn([&] { return redraw_on_resize(page); });
        listeners.spawn([&] { return end_on_signal(next); });
        listeners.spawn([&] { return end_on_key(next); });
        std::exception_ptr failure;
        try {
            co_await draw_again_and_again(page, next);
        } catch (...) {
            failure = std::current_exception();
        }
        listeners.cancel();
        co_await listeners.join();
        if (failure)
            std::rethrow_exception(failure);
    }

    asio::awaitable<void> draw_again_and_again(const screen& page, asio::steady_timer& next) {
        while (!ended_) {
            co_await look();
            draw(page);
            next.expires_after(interval_);
            if (!ended_)
                co_await next.async_wait(asio::as_tuple(asio::use_awaitable));
        }
    }

    asio::awaitable<void> redraw_on_resize(const screen& page) {
        asio::signal_set resized(co_await asio::this_coro::executor, SIGWINCH);
        for (;;) {
            co_await resized.async_wait(asio::use_awaitable);
            draw(page);
        }
    }

    asio::awaitable<void> end_on_signal(asio::steady_timer& next) {
        asio::signal_set ending(co_await asio::this_coro::executor, SIGINT, SIGTERM, SIGHUP);
        co_await ending.async_wait(asio::use_awaitable);
        ended_ = true;
        next.cancel();
    }

    asio::awaitable<void> end_on_key(asio::steady_timer& next) {
        asio::posix::stream_descriptor keys(
            co_await asio::this_coro::executor,
            ::dup(STDIN_FILENO)
        );
        for (char key = 0; key != 'q' && key != 'Q';) {
            const auto [error, count] = co_await keys.async_read_some(
                asio::buffer(&key, 1),
                asio::as_tuple(asio::use_awaitable)
            );
            if (error || count == 0)
                co_return;
        }
        ended_ = true;
        next.cancel();
    }

    settings& from_;
    std::string queue_;
    std::vector<std::string> urls_;
    std::chrono::seconds interval_;
    bool json_;
    std::optional<postgres::connection> database_;
    amqp::connection* broker_ = nullptr;
    top_view view_;
    bool ended_ = false;
};

// Its connection ends before the context does that it belongs to.
asio::awaitable<void> show(settings& from, const flags& given, bool once) {
    top view(from, given);
    if (once)
        co_await view.once();
    else
        co_await view.live();
}

}  // namespace

exit_code run_top(settings& from, const std::vector<std::string>& words) {
    const flags given(words, {"--interval", "--workers"}, {"--once", "--json"});
    if (!given.words().empty())
        throw exit_with(exit_code::usage, "top takes flags only, not " + given.words().front());
    const bool once = given.has("--once") || given.has("--json");
    if (!once && ::isatty(STDOUT_FILENO) == 0)
        throw exit_with(exit_code::usage, "standard output is no terminal; give --once or --json");
    run_to_end([&] { return show(from, given, once); });
    return exit_code::fine;
}

}  // namespace otp
