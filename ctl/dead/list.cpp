#include "ctl/dead/dead.hpp"
#include "ctl/dead/filter.hpp"
#include "ctl/dead/queue.hpp"
#include "ctl/dead/view.hpp"

#include <iostream>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr int longest_queue = 100'000;  // what otp.dead holds

// The letters are kept, their bodies are not.
asio::awaitable<void> gather(
    dead_queue& queue,
    const dead_filter& filter,
    std::size_t limit,
    std::vector<dead_letter>& into
) {
    while (into.size() < limit || !queue.may_end_here()) {
        // What no filter can leave out need not be read beyond the limit.
        const bool bounded = filter.matches_all() && into.size() < limit;
        const auto most = bounded ? limit - into.size() : dead_queue::page_size;
        const auto page = co_await queue.next_page(most);
        if (page.empty())
            co_return;
        for (const auto& message : page) {
            auto letter = read_dead_letter(message);
            if (into.size() < limit && filter.matches(letter))
                into.push_back(std::move(letter));
        }
    }
}

}  // namespace

exit_code run_dead_list(settings& from, const std::vector<std::string>& words) {
    const flags given(words, filter_flags({"--limit"}), {"--json"});
    if (!given.words().empty())
        throw exit_with(exit_code::usage, "list takes flags only, not " + given.words().front());
    const auto filter = read_filter(given);
    const auto limit = static_cast<std::size_t>(given.whole("--limit", 1, longest_queue, 100));
    std::vector<dead_letter> letters;
    with_dead_queue(from, [&](dead_queue& queue) { return gather(queue, filter, limit, letters); });
    for (const auto& one : letters)
        std::cout << (given.has("--json") ? list_json(one) : list_line(one)) << "\n";
    if (letters.size() == limit)
        std::cerr << "the oldest " << limit << "; --limit N shows more, if there are\n";
    return exit_code::fine;
}

}  // namespace otp
