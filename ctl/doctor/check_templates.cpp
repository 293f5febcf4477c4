#include "ctl/doctor/checks.hpp"
#include "worker/text/template_set.hpp"

namespace otp {

void check_templates(const examined_settings& of, findings& into) {
    const auto all = template_set::load(of.templates);
    if (!all) {
        const auto faults = all.error();
        for (const auto& one : faults)
            into.fault(
                "templates",
                one.file + ":" + std::to_string(one.line) + ": " + one.reason,
                "mend the template (docs/templates.md), or set OTP_TEMPLATES to its folder"
            );
        return;
    }
    into.fine("templates", std::to_string(all->names().size()) + " in " + of.templates);
}

}  // namespace otp
