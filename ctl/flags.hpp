#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// The words behind a command: `--name value`, `--name=value`, `--name` alone for those in
// `switches`, and plain words. Throws exit_with usage, naming the nearest known flag for an unknown
// one.
class flags {
public:
    flags(
        const std::vector<std::string>& words,
        std::vector<std::string> with_value,
        std::vector<std::string> switches = {}
    );

    const std::vector<std::string>& words() const { return words_; }
    bool has(std::string_view name) const { return values_.contains(name); }
    std::string text(std::string_view name, std::string_view fallback = {}) const;
    std::string required(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;
    int whole(std::string_view name, int least, int most, int fallback) const;

private:
    std::multimap<std::string, std::string, std::less<>> values_;
    std::vector<std::string> words_;
};

}  // namespace otp
