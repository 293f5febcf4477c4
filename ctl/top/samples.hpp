#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// One line of a /metrics page.
struct sample {
    std::string name;
    std::map<std::string, std::string, std::less<>> labels;
    double value = 0;
};

// Prometheus' text format; comments and what cannot be read are left out.
std::vector<sample> parse_samples(std::string_view page);

// The sum of all of a name.
double sum_of(const std::vector<sample>& all, std::string_view name);

}  // namespace otp
