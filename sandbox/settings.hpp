#pragma once

#include "common/config/settings.hpp"
#include "sandbox/gupshup_sms.hpp"
#include "sandbox/gupshup_whatsapp.hpp"
#include "sandbox/twilio_request.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace otp::sandbox {

struct sandbox_settings {
    std::string listen;
    std::string tls_listen;  // empty: no HTTPS
    std::string tls_certificate_file;
    std::string tls_key_file;
    std::string ca_file;  // for receipts to https URLs; empty: the system's

    // A provider without credentials refuses every request.
    std::optional<twilio_account> twilio;
    std::optional<gupshup_app> whatsapp;
    std::optional<gupshup_gateway> sms;

    std::chrono::milliseconds latency{0};          // before each answer to a send
    double failure_rate = 0;                       // 0 to 1
    double doubt_rate = 0;                         // 0 to 1
    std::chrono::milliseconds receipt_delay{200};  // see steps()
    std::size_t inbox_size = 100'000;
};

// Faults are gathered in `from`.
sandbox_settings read_sandbox_settings(settings& from);

}  // namespace otp::sandbox
