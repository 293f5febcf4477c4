#pragma once

#include <prometheus/metric_family.h>

#include <string>

namespace otp {

// The samples of a family in Prometheus' text format 0.0.4. Figures that are not whole have nine
// digits, which is more than any graph shows: all seventeen would read like telephone numbers to
// whoever searches for those.
void append_text(std::string& to, const prometheus::MetricFamily& family);

// The two lines of description above them, which stand alone where there is no series yet.
void append_head(
    std::string& to,
    const std::string& name,
    const std::string& help,
    const char* type
);

}  // namespace otp
