#pragma once

#include "common/http/server.hpp"
#include "common/metrics/metrics.hpp"
#include "verify/auth/key_gate.hpp"
#include "verify/check/approval.hpp"
#include "verify/check/checker.hpp"
#include "verify/older/provider_view.hpp"
#include "verify/older/test_text.hpp"
#include "verify/send/send_request.hpp"
#include "verify/send/sender.hpp"
#include "verify/verify_metrics.hpp"
#include "verify/web_settings.hpp"
#include "verify/webhooks/webhooks.hpp"

#include <string>
#include <vector>

namespace otp {

// What the handlers work with; outlives the router.
struct api {
    postgres::pool& database;
    amqp::publisher& broker;
    verification_store& store;
    key_gate& gate;
    sender& sends;
    checker& checks;
    settled_events& events;         // of verifications that are canceled
    const approval_issuer& issuer;  // of what a right code earns
    const std::vector<proof_key>& proof_keys;
    webhooks& receipts;
    metrics& numbers;
    verify_metrics& counts;
    send_defaults defaults;  // of sends; checks read numbers and codes by them too
    bool metrics_are_open;   // true on loopback
    const web_settings& web;
    const older::test_number& test_number;
    const older::provider_view& provider_view;
};

// All routes of otp-verify.
http::router make_routes(api& with);

// Counts each answer by route and status, the server's own included: route `none` where none was
// found. `counts` outlives the server.
http::server_options counting(http::server_options options, verify_metrics& counts);

}  // namespace otp
