#pragma once

#include "common/config/server_settings.hpp"
#include "common/config/settings.hpp"
#include "common/config/shared_settings.hpp"
#include "common/limits/live_limits.hpp"
#include "common/otp/keys.hpp"
#include "verify/older/provider_view.hpp"
#include "verify/older/test_text.hpp"
#include "verify/proof/proof_signer.hpp"
#include "verify/web_settings.hpp"
#include "verify/webhooks/receipt_secrets.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace otp {

struct verify_settings {
    server_settings servers;

    std::string listen;
    bool on_loopback = true;  // the address of `listen`
    bool auth_required = true;
    bool auth_off_anywhere = false;
    web_settings web;

    key_ring hash_keys;
    key_ring device_keys;  // none: no device is known
    proof_settings proofs;
    code_settings code;
    std::vector<int> resend_ladder;
    live_limits send_limits;
    std::string default_channel = "sms";  // what a send that names none is expected to go by
    std::string default_region;           // empty: numbers without + are refused

    std::string callback_url;  // without a final slash; empty: no receipts are asked for
    receipt_secrets receipts;
    bool receipt_failover = true;  // a failed receipt may be answered by another provider

    older::test_number test_number;
    older::provider_view provider_view;
};

// Whether it is one of `receipts`, which a reload takes up.
bool is_of_receipts(std::string_view setting);

// Adds everything wrong to the faults of `from`.
verify_settings read_verify_settings(settings& from);

}  // namespace otp
