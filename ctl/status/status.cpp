#include "common/async/run.hpp"
#include "common/core/mask.hpp"
#include "common/core/rfc3339.hpp"
#include "common/phone/phone_number.hpp"
#include "ctl/flags.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"
#include "ctl/status/asked_time.hpp"
#include "ctl/status/read_case.hpp"
#include "ctl/status/status_view.hpp"
#include "ctl/tenant_flag.hpp"

#include <iostream>

namespace otp {

namespace asio = boost::asio;

namespace {

struct status_request {
    support_question about;
    std::string shown;  // whom it is about
    std::optional<wall_time> at;
};

void read_whom(settings& from, const std::string& word, status_request& into) {
    into.about.id = parse_uuid(word);
    if (into.about.id) {
        into.shown = to_string(*into.about.id);
        return;
    }
    const auto number = phone_number::from_text(word, from.text("OTP_DEFAULT_REGION"));
    if (!number)
        throw exit_with(
            exit_code::usage,
            "expected the id of a request or a verification, or a number with + and country code;"
            " this one is " +
                std::string(to_string(number.error()))
        );
    into.about.number = number->e164();
    into.shown = number->masked();
}

status_request read_request(settings& from, const flags& given) {
    if (given.words().size() != 1)
        throw exit_with(
            exit_code::usage,
            "status takes one ID or NUMBER; put a number with blanks into quotes"
        );
    status_request made;
    read_whom(from, given.words().front(), made);
    made.about.limit = given.whole("--limit", 1, 1000, 20);
    made.about.tenant = tenant_flag(given);
    const std::chrono::minutes within(given.whole("--within", 1, 7 * 24 * 60, 30));
    if (!given.has("--at")) {
        if (given.has("--within"))
            made.about.from = std::chrono::system_clock::now() - within;
        return made;
    }
    made.at = parse_asked_time(given.text("--at"), std::chrono::system_clock::now());
    if (!made.at)
        throw exit_with(
            exit_code::usage,
            "--at must be " + std::string(rfc3339_rule) + ", or a time of day, 10:14 (UTC)"
        );
    made.about.from = *made.at - within;
    made.about.to = *made.at + within;
    return made;
}

asio::awaitable<void> show(settings& from, const status_request& what, bool json) {
    postgres::connection database = co_await connect_database(from);
    const support_case found = co_await read_case(database, what.about);
    std::cout
        << (json ? status_json(found, what.shown, what.at) + "\n"
                 : status_text(found, what.shown, what.at));
    const int limit = what.about.limit;
    if (found.deliveries.size() == static_cast<std::size_t>(limit))
        std::cerr << "the newest " << limit << "; --limit N shows more, if there are\n";
}

}  // namespace

exit_code run_status(settings& from, const std::vector<std::string>& words) {
    const flags given(words, {"--at", "--within", "--tenant", "--limit"}, {"--json"});
    const auto what = read_request(from, given);
    run_to_end([&] { return show(from, what, given.has("--json")); });
    return exit_code::fine;
}

}  // namespace otp
