#include "ctl/dead/counts.hpp"
#include "ctl/dead/dead.hpp"
#include "ctl/dead/filter.hpp"
#include "ctl/dead/queue.hpp"

#include <iostream>

namespace otp {

namespace asio = boost::asio;

namespace {

asio::awaitable<void> purge(
    dead_queue& queue,
    const dead_filter& filter,
    bool dry,
    dead_counts& counts
) {
    for (;;) {
        const auto page = co_await queue.next_page();
        if (page.empty())
            co_return;
        for (const auto& message : page) {
            const auto letter = read_dead_letter(message);
            if (!filter.matches(letter))
                continue;
            if (!dry)
                queue.remove(message.tag, message.epoch);
            counts.done(letter);
        }
    }
}

}  // namespace

exit_code run_dead_purge(settings& from, const std::vector<std::string>& words) {
    const flags given(words, filter_flags(), {"--all", "--dry-run", "--yes", "--json"});
    if (!given.words().empty())
        throw exit_with(exit_code::usage, "purge takes flags only, not " + given.words().front());
    const auto filter = read_filter_of_change(given, "purge");
    const bool dry = given.has("--dry-run");
    dead_counts counts;
    with_dead_queue(from, [&](dead_queue& queue) { return purge(queue, filter, dry, counts); });
    const auto* verb = dry ? "would be removed" : "removed";
    std::cout << (given.has("--json") ? counts.json(verb) : counts.text(verb));
    return exit_code::fine;
}

}  // namespace otp
