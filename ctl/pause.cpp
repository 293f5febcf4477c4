#include "ctl/pause.hpp"

#include "common/async/run.hpp"
#include "common/config/known_settings.hpp"
#include "common/config/shared_settings.hpp"
#include "common/core/channel.hpp"
#include "common/core/utf8.hpp"
#include "common/json/json_writer.hpp"
#include "common/provider/provider_names.hpp"
#include "ctl/flags.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr postgres::statement begin_statement{
    "begin_pause",
    "select otp.begin_pause($1, $2, $3, $4)"};

constexpr postgres::statement end_statement{"end_pause", "select otp.end_pause($1, $2)"};

constexpr postgres::statement list_statement{
    "list_pauses",
    "select kind, name, reason, by_whom,"
    " to_char(since at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    " from audit.pause where ended_at is null order by since, kind, name"};

void require_known(
    const std::string& name,
    const std::vector<std::string>& known,
    std::string_view what
) {
    if (std::ranges::find(known, name) == known.end())
        throw exit_with(
            exit_code::usage,
            "unknown " + std::string(what) + " " + name + "; the nearest known one is " +
                nearest(name, known)
        );
}

// Of ASCII, or U+0080 to U+009F.
bool has_control_character(std::string_view utf8) {
    for (std::size_t at = 0; at != utf8.size(); ++at) {
        const auto next = at + 1 == utf8.size() ? ' ' : utf8[at + 1];
        if (static_cast<unsigned char>(utf8[at]) < ' ' || utf8[at] == '\x7f' ||
            (utf8[at] == '\xc2' && static_cast<unsigned char>(next) < 0xa0))
            return true;
    }
    return false;
}

// Others read it on their terminals, where it must make up no line and give no order.
std::string reason_in(const flags& given) {
    auto reason = given.text("--reason", "no reason given");
    if (!is_utf8(reason) || has_control_character(reason))
        throw exit_with(
            exit_code::usage,
            "--reason must be one line of text in UTF-8, without control characters"
        );
    return reason;
}

// Who does it, for those who find it paused: the log-in name and the machine.
std::string operator_name() {
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    const char* user = std::getenv("SUDO_USER");
    if (user == nullptr)
        user = std::getenv("USER");
    return std::string(user != nullptr ? user : "uid " + std::to_string(::getuid())) + "@" + host;
}

void show(const flags& given, const pause_target& what, bool paused, bool changed) {
    if (given.has("--json")) {
        json_writer to;
        to.member("kind", what.kind).member("name", what.name).member("paused", paused);
        to.member("changed", changed);
        std::cout << to.take() << "\n";
        return;
    }
    std::cout << what.kind << " " << what.name
              << (paused
                      ? changed ? " is paused: within 2 s no worker uses it" : " was paused already"
                  : changed ? " is in use again: within 2 s all workers know"
                            : " was not paused")
              << "\n";
}

pause_target read_target(settings& from, const flags& given) {
    const auto& words = given.words();
    if (words.size() == 1 && words.front() == "queue")
        return {"queue", read_queue(from)};
    if (words.size() != 2)
        throw exit_with(
            exit_code::usage,
            "expected `provider NAME`, `channel NAME` or `queue [NAME]`"
        );
    if (words[0] == "provider")
        require_provider(words[1]);
    if (words[0] == "channel")
        require_known(words[1], {"sms", "whatsapp", "voice", "email"}, "channel");
    if (words[0] == "queue")
        if (const auto wrong = queue_fault(words[1]))
            throw exit_with(exit_code::usage, "\"" + words[1] + "\" " + *wrong);
    return {words[0], words[1]};
}

asio::awaitable<void> list(settings& from, const flags& given) {
    postgres::connection database = co_await connect_database(from);
    const postgres::params none;
    const auto found = co_await ask(database, list_statement, none);
    constexpr std::array columns{"kind", "name", "reason", "by_whom", "since"};
    if (found.empty() && !given.has("--json"))
        std::cout << "nothing is paused\n";
    for (int row = 0; row < found.size(); ++row) {
        json_writer to;
        for (int column = 0; column < found.columns(); ++column)
            to.member(
                columns[static_cast<std::size_t>(column)],
                found.get<std::string>(row, column)
            );
        if (given.has("--json"))
            std::cout << to.take() << "\n";
        else
            std::cout << found.get<std::string>(row, 0) << " " << found.get<std::string>(row, 1)
                      << "  since " << found.get<std::string>(row, 4) << " by "
                      << found.get<std::string>(row, 3) << ": " << found.get<std::string>(row, 2)
                      << "\n";
    }
}

}  // namespace

void require_provider(const std::string& name) {
    require_known(name, {provider_names.begin(), provider_names.end()}, "provider");
}

asio::awaitable<void> begin_pause(settings& from, const flags& given, pause_target what) {
    const auto reason = reason_in(given);
    postgres::connection database = co_await connect_database(from);
    const postgres::params with(what.kind, what.name, reason, operator_name());
    const auto answer = co_await ask(database, begin_statement, with);
    show(given, what, true, answer.get<bool>(0, 0));
}

asio::awaitable<void> end_pause(settings& from, const flags& given, pause_target what) {
    postgres::connection database = co_await connect_database(from);
    const postgres::params with(what.kind, what.name);
    const auto answer = co_await ask(database, end_statement, with);
    show(given, what, false, answer.get<bool>(0, 0));
}

pause_target lane_target(const std::string& provider, const std::string& channel) {
    require_provider(provider);
    require_known(channel, {"sms", "whatsapp", "voice", "email"}, "channel");
    return {"lane", provider + "/" + channel};
}

exit_code run_pause(settings& from, const std::vector<std::string>& words) {
    if (!words.empty() && words.front() == "list") {
        const flags given(words, {}, {"--json"});
        if (given.words().size() != 1)
            throw exit_with(exit_code::usage, "list takes flags only, not " + given.words()[1]);
        run_to_end([&] { return list(from, given); });
        return exit_code::fine;
    }
    const flags given(words, {"--reason"}, {"--json"});
    const auto what = read_target(from, given);
    run_to_end([&] { return begin_pause(from, given, what); });
    return exit_code::fine;
}

exit_code run_resume(settings& from, const std::vector<std::string>& words) {
    const flags given(words, {}, {"--json"});
    const auto what = read_target(from, given);
    run_to_end([&] { return end_pause(from, given, what); });
    return exit_code::fine;
}

}  // namespace otp
