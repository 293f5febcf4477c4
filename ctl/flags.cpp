#include "ctl/flags.hpp"

#include "common/config/known_settings.hpp"
#include "common/config/program.hpp"

#include <algorithm>
#include <charconv>

namespace otp {

namespace {

[[noreturn]] void wrong_usage(const std::string& text) {
    throw exit_with(exit_code::usage, text);
}

}  // namespace

flags::flags(
    const std::vector<std::string>& words,
    std::vector<std::string> with_value,
    std::vector<std::string> switches
) {
    const auto among = [](const std::vector<std::string>& names, const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        if (!word.starts_with("--")) {
            words_.push_back(word);
            continue;
        }
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        if (among(switches, word)) {
            values_.emplace(word, "");
        } else if (among(with_value, name)) {
            const bool has_value = equals != std::string::npos ||
                                   (i + 1 != words.size() && !words[i + 1].starts_with("--"));
            if (!has_value)
                wrong_usage(name + " needs a value");
            values_.emplace(
                name,
                equals == std::string::npos ? words[++i] : word.substr(equals + 1)
            );
        } else if (among(switches, name)) {
            wrong_usage(name + " takes no value");
        } else {
            auto known = with_value;
            known.insert(known.end(), switches.begin(), switches.end());
            wrong_usage(
                "unknown flag " + name + "; the nearest known one is " + nearest(name, known)
            );
        }
    }
}

std::string flags::text(std::string_view name, std::string_view fallback) const {
    if (values_.count(name) > 1)
        wrong_usage(std::string(name) + " is given twice");
    const auto found = values_.find(name);
    return found == values_.end() ? std::string(fallback) : found->second;
}

std::string flags::required(std::string_view name) const {
    if (!has(name))
        wrong_usage(std::string(name) + " is required");
    return text(name);
}

std::vector<std::string> flags::all(std::string_view name) const {
    std::vector<std::string> found;
    const auto [first, last] = values_.equal_range(name);
    for (auto one = first; one != last; ++one)
        found.push_back(one->second);
    return found;
}

int flags::whole(std::string_view name, int least, int most, int fallback) const {
    if (!has(name))
        return fallback;
    const auto value = text(name);
    int number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < least ||
        number > most)
        wrong_usage(
            std::string(name) + " must be a whole number from " + std::to_string(least) + " to " +
            std::to_string(most)
        );
    return number;
}

}  // namespace otp
