#pragma once

#include "verify/webhooks/provider_receipt.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace otp {

// The message events of Gupshup's WhatsApp API in a webhook body: one of version 2, any number of
// version 3. Other events of the app (inbound messages, users, templates, accounts) give none.
// Empty where the body is no JSON object. https://docs.gupshup.io/docs/message-events
std::optional<std::vector<provider_receipt>> read_gupshup_events(std::string_view body);

// Delivery reports of the enterprise SMS gateway in a query or a body: a form with the fields of
// one, or with `response`, a JSON array of them (the gateway sends up to 20 at once); or that array
// itself, or one of its objects. Which of them comes in which encoding is not documented, so forms
// are read leniently. Empty where there is no report in it.
// https://docs.gupshup.io/docs/real-time-delivery-reports
std::optional<std::vector<provider_receipt>> read_gupshup_reports(std::string_view text);

}  // namespace otp
