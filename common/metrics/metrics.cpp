#include "common/metrics/metrics.hpp"

#include "common/metrics/text_format.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace otp {

namespace {

template <class Builder>
auto& register_in(
    prometheus::Registry& registry,
    Builder builder,
    const char* name,
    const char* help
) {
    return builder.Name(name).Help(help).Register(registry);
}

}  // namespace

prometheus::Counter& metrics::counter(const char* name, const char* help) {
    declare(name, help, "counter");
    return register_in(registry_, prometheus::BuildCounter(), name, help).Add({});
}

prometheus::Gauge& metrics::gauge(const char* name, const char* help) {
    declare(name, help, "gauge");
    return register_in(registry_, prometheus::BuildGauge(), name, help).Add({});
}

prometheus::Histogram& metrics::histogram(
    const char* name,
    const char* help,
    const std::vector<double>& bounds
) {
    declare(name, help, "histogram");
    return register_in(registry_, prometheus::BuildHistogram(), name, help).Add({}, bounds);
}

counter_family metrics::counter(const char* name, const char* help, names labels) {
    declare(name, help, "counter");
    auto& family = register_in(registry_, prometheus::BuildCounter(), name, help);
    return {family, std::move(labels)};
}

gauge_family metrics::gauge(const char* name, const char* help, names labels) {
    declare(name, help, "gauge");
    auto& family = register_in(registry_, prometheus::BuildGauge(), name, help);
    return {family, std::move(labels)};
}

histogram_family metrics::histogram(
    const char* name,
    const char* help,
    std::vector<double> bounds,
    names labels
) {
    declare(name, help, "histogram");
    auto& family = register_in(registry_, prometheus::BuildHistogram(), name, help);
    return {family, std::move(labels), std::move(bounds)};
}

void metrics::declare(const char* name, const char* help, const char* type) {
    const bool is_known = std::any_of(declared_.begin(), declared_.end(), [&](const auto& one) {
        return one.name == name;
    });
    if (is_known)
        throw std::logic_error(std::string(name) + " is declared twice");
    declared_.push_back({name, help, type});
}

std::string metrics::render() {
    for (const auto& look : looks_)
        look();
    std::map<std::string, prometheus::MetricFamily> families;
    for (auto& family : registry_.Collect())
        families.emplace(family.name, std::move(family));
    std::string text;
    for (const auto& one : declared_) {
        append_head(text, one.name, one.help, one.type);
        if (const auto found = families.find(one.name); found != families.end())
            append_text(text, found->second);
    }
    return text;
}

std::vector<double> short_times() {
    return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

std::vector<double> long_times() {
    return {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600};
}

}  // namespace otp
