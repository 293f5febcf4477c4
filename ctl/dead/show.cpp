#include "ctl/dead/dead.hpp"
#include "ctl/dead/filter.hpp"
#include "ctl/dead/queue.hpp"
#include "ctl/dead/view.hpp"
#include "ctl/private_file.hpp"

#include <iostream>

namespace otp {

namespace asio = boost::asio;

namespace {

// Each may hold 64 KiB.
constexpr int most_shown = 1000;

asio::awaitable<void> gather(
    dead_queue& queue,
    const dead_filter& filter,
    std::size_t limit,
    std::vector<amqp::delivery>& into
) {
    while (into.size() < limit || !queue.may_end_here()) {
        auto page = co_await queue.next_page();
        if (page.empty())
            co_return;
        for (auto& message : page)
            if (into.size() < limit && filter.matches(read_dead_letter(message)))
                into.push_back(std::move(message));
    }
}

void print(const amqp::delivery& message, const flags& given) {
    std::cout << show_text(message, read_dead_letter(message));
    if (given.has("--out"))
        write_private_file(given.text("--out"), message.body);
    else if (given.has("--body"))
        std::cout << "\n" << message.body << "\n";
}

flags read_flags(const std::vector<std::string>& words) {
    auto all = words;
    if (!all.empty() && !all.front().starts_with("--"))
        all.insert(all.begin(), "--id");
    flags given(all, filter_flags({"--limit", "--out"}), {"--body"});
    if (!given.words().empty())
        throw exit_with(exit_code::usage, "show takes one ID, and flags");
    if (given.has("--out") && !given.has("--body"))
        throw exit_with(exit_code::usage, "--out is where --body goes; give both");
    return given;
}

}  // namespace

exit_code run_dead_show(settings& from, const std::vector<std::string>& words) {
    const auto given = read_flags(words);
    const auto filter = read_filter(given);
    if (filter.matches_all())
        throw exit_with(exit_code::usage, "show takes an ID, or --reason, --before or --after");
    const auto limit = static_cast<std::size_t>(given.whole("--limit", 1, most_shown, 10));
    std::vector<amqp::delivery> found;
    with_dead_queue(from, [&](dead_queue& queue) { return gather(queue, filter, limit, found); });
    if (found.empty())
        throw exit_with(exit_code::usage, "no such message lies on otp.dead");
    if (given.has("--out") && found.size() != 1)
        throw exit_with(
            exit_code::usage,
            std::to_string(found.size()) + " messages match; --out takes the body of one"
        );
    for (const auto& one : found) {
        if (&one != &found.front())
            std::cout << "\n";
        print(one, given);
    }
    if (found.size() == limit)
        std::cerr << "the oldest " << limit << "; --limit N shows more, if there are\n";
    return exit_code::fine;
}

}  // namespace otp
