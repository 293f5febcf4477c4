#pragma once

#include "ctl/dead/letter.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// What a command did to how many messages, for its last words.
class dead_counts {
public:
    void done(const dead_letter& letter);
    void skipped(const dead_letter& letter, std::string_view why);

    // "12 removed\n  9 not_json\n  3 over_delivered\n", then a line for each that was skipped.
    std::string text(std::string_view verb) const;

    // One object:
    // {"removed":12,"by_reason":{"not_json":9,…},"skipped":[{"id":…,"reason":…,"why":…}]}.
    std::string json(std::string_view verb) const;

private:
    struct skipped_one {
        std::string id;
        std::string reason;
        std::string why;
    };

    std::map<std::string, std::size_t> by_reason_;
    std::vector<skipped_one> skipped_;
};

}  // namespace otp
