#include "common/json/json_writer.hpp"
#include "ctl/doctor/finding.hpp"

#include <algorithm>
#include <array>

namespace otp {

namespace {

constexpr std::array<const char*, 3> words{"ok", "warning", "FAULT"};
constexpr std::array<const char*, 3> json_words{"ok", "warning", "fault"};

std::size_t place_of(finding::grade how) {
    return static_cast<std::size_t>(how);
}

std::string counted(int count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

int findings::count(finding::grade how) const {
    return static_cast<int>(std::ranges::count(all_, how, &finding::how));
}

std::string report_text(const findings& of) {
    std::string text;
    for (const auto& one : of.all()) {
        auto left = std::string(words[place_of(one.how)]);
        left.resize(9, ' ');
        text += left + one.about + ": " + one.cause + "\n";
        if (!one.remedy.empty())
            text += "         -> " + one.remedy + "\n";
    }
    return text + "\n" + counted(of.count(finding::grade::fault), "fault") + ", " +
           counted(of.count(finding::grade::warning), "warning") + "\n";
}

std::string report_json(const findings& of) {
    std::string lines;
    for (const auto& one : of.all())
        lines += json_writer()
                     .member("grade", json_words[place_of(one.how)])
                     .member("about", one.about)
                     .member("cause", one.cause)
                     .member("remedy", one.remedy)
                     .take() +
                 "\n";
    return lines +
           json_writer()
               .member("faults", of.count(finding::grade::fault))
               .member("warnings", of.count(finding::grade::warning))
               .take() +
           "\n";
}

}  // namespace otp
