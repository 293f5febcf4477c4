#include "worker/read_templates.hpp"

#include <utility>

namespace otp {

template_set read_templates(settings& from, const std::string& folder) {
    auto templates = template_set::load(folder);
    if (templates)
        return std::move(*templates);
    for (const auto& fault : templates.error())
        from.add_fault(
            "templates cannot be used: " + fault.file + ":" + std::to_string(fault.line) + ": " +
            fault.reason
        );
    return {};
}

}  // namespace otp
