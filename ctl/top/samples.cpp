#include "ctl/top/samples.hpp"

#include <charconv>
#include <optional>
#include <sstream>

namespace otp {

namespace {

// Takes `name="value",` off the front; false at the closing brace, or where it is none.
bool take_label(std::string_view& from, sample& into) {
    const auto equals = from.find("=\"");
    if (equals == std::string_view::npos || from.front() == '}')
        return false;
    const auto name = from.substr(0, equals);
    std::string value;
    auto at = equals + 2;
    for (; at < from.size() && from[at] != '"'; ++at) {
        if (from[at] == '\\' && at + 1 < from.size())
            ++at;
        value += from[at];
    }
    into.labels.emplace(name, std::move(value));
    from.remove_prefix(std::min(from.size(), at + 1));
    if (from.starts_with(','))
        from.remove_prefix(1);
    return true;
}

std::optional<sample> parse_line(std::string_view line) {
    const auto end = line.find_first_of("{ ");
    if (line.empty() || line.front() == '#' || end == std::string_view::npos)
        return std::nullopt;
    sample one;
    one.name = line.substr(0, end);
    line.remove_prefix(end);
    if (line.front() == '{') {
        line.remove_prefix(1);
        while (!line.empty() && take_label(line, one)) {
        }
        if (line.starts_with('}'))
            line.remove_prefix(1);
    }
    while (line.starts_with(' '))
        line.remove_prefix(1);
    const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), one.value);
    return error == std::errc() ? std::optional(std::move(one)) : std::nullopt;
}

}  // namespace

std::vector<sample> parse_samples(std::string_view page) {
    std::vector<sample> all;
    std::istringstream in{std::string(page)};
    for (std::string line; std::getline(in, line);)
        if (auto one = parse_line(line))
            all.push_back(std::move(*one));
    return all;
}

double sum_of(const std::vector<sample>& all, std::string_view name) {
    double sum = 0;
    for (const auto& one : all)
        if (one.name == name)
            sum += one.value;
    return sum;
}

}  // namespace otp
