#pragma once

#include "common/core/secret.hpp"

namespace otp {

// By what receipts are told from forgeries.
struct receipt_secrets {
    secret twilio_token;           // empty: no callback of Twilio is believed
    secret twilio_previous_token;  // signs too, while tokens change; empty: none does
    secret gupshup;                // a segment of its paths; empty: there are none

    receipt_secrets clone() const {
        return {twilio_token.clone(), twilio_previous_token.clone(), gupshup.clone()};
    }
};

}  // namespace otp
