#pragma once

#include <string>
#include <vector>

namespace otp {

// What one look found: a sentence about what is wrong, and one about what to do.
struct finding {
    enum class grade { fine, warning, fault };

    grade how = grade::fine;
    std::string about;   // "settings", "database", "broker" …
    std::string cause;   // or what is fine
    std::string remedy;  // empty where it is fine
};

class findings {
public:
    void fine(std::string about, std::string what) {
        all_.push_back({finding::grade::fine, std::move(about), std::move(what), {}});
    }
    void warn(std::string about, std::string cause, std::string remedy) {
        all_.push_back(
            {finding::grade::warning, std::move(about), std::move(cause), std::move(remedy)}
        );
    }
    void fault(std::string about, std::string cause, std::string remedy) {
        all_.push_back(
            {finding::grade::fault, std::move(about), std::move(cause), std::move(remedy)}
        );
    }

    const std::vector<finding>& all() const noexcept { return all_; }
    int count(finding::grade how) const;

private:
    std::vector<finding> all_;
};

std::string report_text(const findings& of);
std::string report_json(const findings& of);  // a line for each finding, then one with the sums

}  // namespace otp
