#include "ctl/dead.hpp"

#include "common/config/known_settings.hpp"
#include "ctl/command.hpp"

#include <iostream>

namespace otp {

namespace {

constexpr command commands[] = {
    {"list",
     "[FILTER]... [--limit N] [--json]",
     "a line for each message, oldest first, 100 unless told otherwise: when it died (\"died\", by "
     "the\n"
     "      broker's x-death) or else was sent (\"sent\", by its timestamp), reason, bytes, id, "
     "detail",
     run_dead_list},
    {"show",
     "ID | FILTER... [--limit N] [--body [--out FILE]]",
     "reason, deaths, properties, headers and fields of messages (10 unless told otherwise), the "
     "number\n"
     "      masked. --body adds the body AS IT IS, WHICH HOLDS A PHONE NUMBER: on standard output, "
     "or in a new\n"
     "      FILE that only you can read",
     run_dead_show},
    {"replay",
     "FILTER... | --all, --yes | --dry-run",
     "publish each message once more as the job it was, and take it off otp.dead when the broker "
     "has\n"
     "      confirmed it. May be repeated: a job that has ended is not texted again",
     run_dead_replay},
    {"purge",
     "FILTER... | --all, --yes | --dry-run",
     "take messages away for good",
     run_dead_purge},
};

constexpr std::string_view about_filters =
    "\nFILTER, of which all that are given must hold:\n"
    "  --reason R        a word of docs/errors.md, such as not_json, over_delivered or "
    "expired_in_queue\n"
    "  --id UUID         the request_id or message_id\n"
    "  --before TIME, --after TIME\n"
    "                    RFC 3339; the time that `list` prints. A message without a time matches "
    "neither\n"
    "\nEach command reads the messages that are there when it starts. While it runs they are "
    "unacknowledged and\n"
    "nobody else can read them: of two operators at once each sees what the other does not hold. "
    "At its end, or\n"
    "if it is killed, those that were not taken away lie on otp.dead again, in their order, with "
    "x-delivery-count\n"
    "one higher, which has no limit there. Nothing is printed while messages are held, so a pager "
    "may follow.\n";

}  // namespace

exit_code print_help_of_dead() {
    std::cout << "Usage: otpctl dead COMMAND ...\n\nWhat lies on otp.dead: jobs that cannot be "
                 "understood, and messages that "
                 "the broker gave up on.\n\n";
    for (const auto& one : commands)
        std::cout << "  otpctl dead " << one.name << " " << one.usage << "\n      " << one.meaning
                  << "\n";
    std::cout << about_filters;
    return exit_code::fine;
}

exit_code run_dead(settings& from, const std::vector<std::string>& words) {
    if (words.empty()) {
        print_help_of_dead();
        return exit_code::usage;
    }
    std::vector<std::string> names;
    for (const auto& one : commands) {
        if (one.name == words.front())
            return one.run(from, {words.begin() + 1, words.end()});
        names.emplace_back(one.name);
    }
    throw exit_with(
        exit_code::usage,
        "unknown command dead " + words.front() + "; the nearest known one is dead " +
            nearest(words.front(), names)
    );
}

}  // namespace otp
