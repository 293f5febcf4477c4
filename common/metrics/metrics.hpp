#pragma once

#include "common/metrics/metric_family.hpp"

#include <prometheus/registry.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

// The numbers one process shows at /metrics. Names are otp_*, with the unit in the name; no label
// may hold a telephone number or an id. Each name is declared once in a program, by the part that
// counts or looks (worker_metrics, worker_gauges, verify_metrics, show_pools), and shown from then
// on, whether it has been counted or not; a second declaration throws std::logic_error.
// docs/metrics.md explains each.
//
// One thread. References stay good for the life of this.
class metrics {
public:
    using names = std::vector<std::string>;  // of labels

    prometheus::Counter& counter(const char* name, const char* help);
    prometheus::Gauge& gauge(const char* name, const char* help);
    prometheus::Histogram& histogram(
        const char* name,
        const char* help,
        const std::vector<double>& bounds
    );

    counter_family counter(const char* name, const char* help, names labels);
    gauge_family gauge(const char* name, const char* help, names labels);
    histogram_family histogram(
        const char* name,
        const char* help,
        std::vector<double> bounds,
        names labels
    );

    // Run before each render(): for what is looked at and not counted.
    void before_render(std::function<void()> look) { looks_.push_back(std::move(look)); }

    // Text format 0.0.4; content type below.
    std::string render();
    static constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

private:
    struct declared {
        std::string name;
        std::string help;
        const char* type;
    };
    void declare(const char* name, const char* help, const char* type);

    prometheus::Registry registry_;
    std::vector<declared> declared_;
    std::vector<std::function<void()>> looks_;
};

// Lets a counter follow a total that is kept elsewhere.
inline void raise_to(prometheus::Counter& counter, double total) {
    if (total > counter.Value())
        counter.Increment(total - counter.Value());
}

inline void raise_to(prometheus::Counter& counter, std::uint64_t total) {
    raise_to(counter, static_cast<double>(total));
}

// Upper bounds of the buckets of times, in seconds: from what a local call takes to what nobody
// waits for.
std::vector<double> short_times();  // 1 ms to 10 s
std::vector<double> long_times();   // 50 ms to 10 min

inline double seconds(std::chrono::nanoseconds span) {
    return std::chrono::duration<double>(span).count();
}

}  // namespace otp
