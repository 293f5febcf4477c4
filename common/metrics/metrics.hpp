#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <map>
#include <string>

namespace otp {

// The numbers one process shows at /metrics. Names are otp_*, with the unit in the name; no label
// may hold a number or an id, since a label set lives for ever. References stay good for the life
// of this.
class metrics {
public:
    using labels = std::map<std::string, std::string>;

    prometheus::Counter& counter(
        const std::string& name,
        const std::string& help,
        const labels& with = {}
    );
    prometheus::Gauge& gauge(
        const std::string& name,
        const std::string& help,
        const labels& with = {}
    );

    // Text format 0.0.4; content type below.
    std::string render() const;
    static constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

private:
    prometheus::Registry registry_;
};

}  // namespace otp
