#include "ctl/dead/filter.hpp"

#include "common/config/program.hpp"
#include "common/core/rfc3339.hpp"

namespace otp {

namespace {

[[noreturn]] void wrong_usage(const std::string& text) {
    throw exit_with(exit_code::usage, text);
}

std::optional<std::chrono::system_clock::time_point> time_of(
    const flags& given,
    const std::string& name
) {
    if (!given.has(name))
        return std::nullopt;
    const auto time = parse_rfc3339(given.text(name));
    if (!time)
        wrong_usage(name + " must be " + std::string(rfc3339_rule));
    return time;
}

}  // namespace

bool dead_filter::matches(const dead_letter& letter) const {
    if (!reason.empty() && letter.reason != reason)
        return false;
    if (id && letter.request_id != id && letter.message_id != id)
        return false;
    if (!after && !before)
        return true;
    return letter.time_is != dead_letter::time_source::none && (!after || letter.time >= *after) &&
           (!before || letter.time < *before);
}

std::vector<std::string> filter_flags(std::vector<std::string> more) {
    more.insert(more.end(), {"--reason", "--id", "--before", "--after"});
    return more;
}

dead_filter read_filter(const flags& given) {
    dead_filter filter;
    filter.reason = given.text("--reason");
    if (given.has("--reason") && filter.reason.empty())
        wrong_usage("--reason must be a word of docs/errors.md, such as not_json");
    if (given.has("--id")) {
        filter.id = parse_uuid(given.text("--id"));
        if (!filter.id)
            wrong_usage("--id must be a UUID, the request_id or message_id of a job");
    }
    filter.after = time_of(given, "--after");
    filter.before = time_of(given, "--before");
    return filter;
}

dead_filter read_filter_of_change(const flags& given, const std::string& command) {
    const auto filter = read_filter(given);
    if (filter.matches_all() != given.has("--all"))
        wrong_usage(
            command +
            " takes either --reason, --id, --before or --after, or --all for the whole queue"
        );
    if (given.has("--yes") == given.has("--dry-run"))
        wrong_usage(
            command + " takes either --dry-run, to see what it would do, or --yes, to do it"
        );
    return filter;
}

}  // namespace otp
