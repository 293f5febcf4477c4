#include "ctl/top/view.hpp"

namespace otp {

std::string what_was_not_asked(const top_view& of) {
    std::string all;
    const auto add = [&all](const std::string& line) { all += (all.empty() ? "" : "\n") + line; };
    for (const auto& fault : of.faults)
        add(fault);
    for (const auto& worker : of.workers)
        if (!worker.fault.empty())
            add(worker.url + ": " + worker.fault);
    return all;
}

}  // namespace otp
