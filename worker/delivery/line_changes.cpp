#include "worker/delivery/line_changes.hpp"

#include <algorithm>

namespace otp {

namespace {

bool contains(const std::vector<lane>& all, const lane& one) {
    return std::ranges::find(all, one) != all.end();
}

// Of all lines: the way to their providers.
bool is_of_every_line(std::string_view setting) {
    return setting == "OTP_CA_FILE" || setting == "OTP_HTTPS_PROXY";
}

bool is_of_order(std::string_view setting) {
    return setting == "OTP_SMS_PROVIDERS" || setting == "OTP_WHATSAPP_PROVIDERS" ||
           setting.starts_with("routes.");
}

bool concerns(std::string_view setting, const lane& one) {
    if (setting.starts_with("provider."))
        return setting.starts_with(
            "provider." + one.provider + "." + std::string(to_string(one.by)) + "."
        );
    if (setting.starts_with("GUPSHUP_SMS_"))
        return one == lane{"gupshup", channel::sms};
    if (setting.starts_with("GUPSHUP_"))
        return one == lane{"gupshup", channel::whatsapp};
    if (setting.starts_with("TWILIO_VERIFY_"))
        return one.provider == "twilio_verify";
    if (setting.starts_with("TWILIO_"))  // Verify is asked with the same account
        return one.provider == "twilio" || one.provider == "twilio_verify";
    return is_of_every_line(setting);
}

}  // namespace

line_changes changes_of_lines(
    const std::vector<lane>& before,
    const std::vector<lane>& wanted,
    const std::vector<std::string>& changed
) {
    line_changes all;
    for (const lane& one : wanted) {
        const bool is_new = std::ranges::any_of(changed, [&](const auto& setting) {
            return concerns(setting, one);
        });
        if (!contains(before, one))
            all.added.push_back(one);
        else if (is_new)
            all.replaced.push_back(one);
        else
            all.kept.push_back(one);
    }
    for (const lane& one : before)
        if (!contains(wanted, one))
            all.removed.push_back(one);
    return all;
}

bool is_of_lines(std::string_view setting) {
    return is_of_every_line(setting) || is_of_order(setting) || setting.starts_with("provider.") ||
           setting.starts_with("TWILIO_") || setting.starts_with("GUPSHUP_");
}

}  // namespace otp
