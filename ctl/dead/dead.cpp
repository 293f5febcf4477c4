#include "ctl/dead/dead.hpp"

#include "ctl/run_commands.hpp"

#include <algorithm>
#include <iterator>

namespace otp {

namespace {

struct verb {
    const char* name;
    exit_code (*run)(settings& from, const std::vector<std::string>& words);
};

constexpr verb verbs[] = {
    {"list", run_dead_list},
    {"show", run_dead_show},
    {"replay", run_dead_replay},
    {"purge", run_dead_purge},
};

}  // namespace

exit_code run_dead(settings& from, const std::vector<std::string>& words) {
    const auto found = std::ranges::find_if(verbs, [&](const verb& one) {
        return !words.empty() && words.front() == one.name;
    });
    if (found == std::end(verbs))
        throw exit_with(exit_code::usage, "dead takes list, show, replay or purge");
    return found->run(from, {words.begin() + 1, words.end()});
}

}  // namespace otp
