#pragma once

#include "worker/provider/provider.hpp"
#include "worker/provider/settings.hpp"

#include <memory>
#include <vector>

namespace otp {

struct provider_settings {
    twilio_settings twilio;
    gupshup_whatsapp_settings gupshup_whatsapp;
    gupshup_sms_settings gupshup_sms;
};

setting_faults faults_of(const provider_settings& settings);

// One provider for each pair of provider and channel that is configured, none for the others.
// Throws std::invalid_argument with all faults of all settings.
std::vector<std::unique_ptr<provider>> make_providers(const provider_settings& settings);

}  // namespace otp
