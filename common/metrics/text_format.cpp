#include "common/metrics/text_format.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

namespace otp {

namespace {

using labels = std::vector<prometheus::ClientMetric::Label>;

std::string text_of(double value) {
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    constexpr double exact = 9007199254740992;  // up to here each whole number is one
    const bool whole = std::trunc(value) == value && std::abs(value) < exact;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), whole ? "%.0f" : "%.9g", value);
    return text.data();
}

void append_label(std::string& to, std::string_view name, std::string_view value) {
    to.append(name).append("=\"");
    for (const char c : value) {
        if (c == '"' || c == '\\')
            to += '\\';
        if (c == '\n')
            to += "\\n";
        else
            to += c;
    }
    to += '"';
}

void append_sample(
    std::string& to,
    const std::string& name,
    const labels& with,
    double value,
    std::string_view bound = {}
) {
    to += name;
    if (!with.empty() || !bound.empty()) {
        to += '{';
        for (const auto& label : with) {
            append_label(to, label.name, label.value);
            to += ',';
        }
        if (!bound.empty())
            append_label(to, "le", bound);
        else
            to.pop_back();
        to += '}';
    }
    to.append(" ").append(text_of(value)).append("\n");
}

void append_histogram(
    std::string& to,
    const std::string& name,
    const prometheus::ClientMetric& metric
) {
    const auto& histogram = metric.histogram;
    for (const auto& bucket : histogram.bucket) {
        const auto count = static_cast<double>(bucket.cumulative_count);
        append_sample(to, name + "_bucket", metric.label, count, text_of(bucket.upper_bound));
    }
    append_sample(to, name + "_sum", metric.label, histogram.sample_sum);
    append_sample(to, name + "_count", metric.label, static_cast<double>(histogram.sample_count));
}

}  // namespace

void append_head(
    std::string& to,
    const std::string& name,
    const std::string& help,
    const char* type
) {
    to.append("# HELP ").append(name).append(" ").append(help).append("\n");
    to.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void append_text(std::string& to, const prometheus::MetricFamily& family) {
    for (const auto& metric : family.metric) {
        if (family.type == prometheus::MetricType::Counter)
            append_sample(to, family.name, metric.label, metric.counter.value);
        else if (family.type == prometheus::MetricType::Gauge)
            append_sample(to, family.name, metric.label, metric.gauge.value);
        else
            append_histogram(to, family.name, metric);
    }
}

}  // namespace otp
