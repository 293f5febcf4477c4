#include "worker/provider/make_providers.hpp"

#include "worker/provider/gupshup_sms.hpp"
#include "worker/provider/gupshup_whatsapp.hpp"
#include "worker/provider/twilio.hpp"
#include "worker/provider/twilio_verify.hpp"

#include <iterator>

namespace otp {

setting_faults faults_of(const provider_settings& settings) {
    setting_faults all = faults_of(settings.twilio);
    for (const setting_faults& more :
         {faults_of(settings.gupshup_whatsapp), faults_of(settings.gupshup_sms)})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

std::vector<std::unique_ptr<provider>> make_providers(const provider_settings& settings) {
    require_sound(faults_of(settings));
    std::vector<std::unique_ptr<provider>> made;
    if (settings.twilio.texts())
        made.push_back(std::make_unique<twilio_sms>(settings.twilio));
    if (settings.twilio.whatsapps())
        made.push_back(std::make_unique<twilio_whatsapp>(settings.twilio));
    if (settings.gupshup_whatsapp.whatsapps())
        made.push_back(std::make_unique<gupshup_whatsapp>(settings.gupshup_whatsapp));
    if (settings.gupshup_sms.texts())
        made.push_back(std::make_unique<gupshup_sms>(settings.gupshup_sms));
    if (settings.twilio.verifies())
        for (const channel by : {channel::sms, channel::whatsapp})
            made.push_back(std::make_unique<twilio_verify>(settings.twilio, by));
    return made;
}

}  // namespace otp
