#include "common/async/run.hpp"
#include "common/json/json_writer.hpp"
#include "ctl/flags.hpp"
#include "ctl/pause.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"
#include "ctl/top/gather.hpp"
#include "ctl/top/worker_urls.hpp"

#include <iostream>
#include <string_view>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds looked_at{5 * 60 * 1000};

void print(const top_lane& one, bool json) {
    json_writer to;
    to.member("provider", one.provider)
        .member("channel", one.channel)
        .member("opened_by", one.opened_by);
    to.member("workers_with_open_breaker", one.open_at).member("calls", one.calls);
    to.member("accepted", one.accepted)
        .member("refused", one.refused)
        .member("not_sent", one.not_sent);
    to.member("in_doubt", one.in_doubt);
    if (json) {
        std::cout << to.take() << "\n";
        return;
    }
    std::cout << one.provider << " " << one.channel << "\t"
              << (!one.opened_by.empty() ? "open by " + one.opened_by
                  : one.open_at != 0     ? "open at " + std::to_string(one.open_at) + " workers"
                                         : "closed")
              << "\t" << one.calls << " calls in 5 min: " << one.accepted << " accepted, "
              << one.refused << " refused, " << one.not_sent << " not sent, " << one.in_doubt
              << " in doubt\n";
}

asio::awaitable<void> list(settings& from, const flags& given) {
    const auto urls = worker_urls(given);
    postgres::connection database = co_await connect_database(from);
    top_view seen;
    co_await gather_database(database, looked_at, seen);
    co_await gather_workers(urls, seen);
    // Without the database no call would be counted.
    if (!seen.faults.empty())
        throw exit_with(exit_code::unavailable, seen.faults.front());
    for (const auto& one : seen.lanes)
        print(one, given.has("--json"));
    if (const auto faults = what_was_not_asked(seen); !faults.empty())
        throw exit_with(exit_code::unavailable, faults);
    if (seen.lanes.empty() && !given.has("--json"))
        std::cout << "no calls in the last 5 minutes, no breaker is open\n";
}

// Flags with a value.
std::vector<std::string> options_of(std::string_view verb) {
    if (verb == "list")
        return {"--workers"};
    if (verb == "open")
        return {"--reason"};
    return {};
}

}  // namespace

exit_code run_breaker(settings& from, const std::vector<std::string>& words) {
    const flags given(words, options_of(words.empty() ? "" : words.front()), {"--json"});
    const auto& said = given.words();
    if (said == std::vector<std::string>{"list"}) {
        run_to_end([&] { return list(from, given); });
        return exit_code::fine;
    }
    if (said.size() != 3 || said.front() == "list")
        throw exit_with(exit_code::usage, "expected `list`, or `open` or `close` PROVIDER CHANNEL");
    const auto what = lane_target(said[1], said[2]);
    const bool opens = said.front() == "open";
    run_to_end([&] { return opens ? begin_pause(from, given, what) : end_pause(from, given, what); }
    );
    return exit_code::fine;
}

}  // namespace otp
