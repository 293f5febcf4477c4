#include "common/metrics/metrics.hpp"

#include <prometheus/text_serializer.h>

namespace otp {

prometheus::Counter& metrics::counter(
    const std::string& name,
    const std::string& help,
    const labels& with
) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add(with);
}

prometheus::Gauge& metrics::gauge(
    const std::string& name,
    const std::string& help,
    const labels& with
) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add(with);
}

std::string metrics::render() const {
    return prometheus::TextSerializer{}.Serialize(registry_.Collect());
}

}  // namespace otp
