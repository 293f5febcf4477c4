#pragma once

#include "common/config/server_settings.hpp"
#include "common/config/settings.hpp"
#include "common/config/shared_settings.hpp"
#include "common/http/proxy.hpp"
#include "common/limits/live_limits.hpp"
#include "common/otp/keys.hpp"
#include "worker/policy/gate.hpp"
#include "worker/policy/lane.hpp"
#include "worker/policy/route.hpp"
#include "worker/provider/make_providers.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace otp {

struct worker_settings {
    server_settings servers;
    code_settings code;
    provider_settings providers;
    route_tables preferred;
    std::optional<key_ring> code_keys;
    std::optional<key_ring> hash_keys;
    std::vector<int> resend_ladder;
    live_limits send_limits;
    std::string listen;
    std::string templates;
    std::string app_name;
    std::string ca_file;
    std::shared_ptr<const http::proxy> proxy;  // null: providers are called directly
    std::string queue;
    std::string queue_tenant;  // the only one whose jobs the queue may hold; empty: any
    std::string callback_url;  // without a final slash; empty: no receipts are asked for
    std::size_t concurrency = 512;
    bool hold_doubts = false;
    std::vector<std::pair<lane, gate_limits>> limits;  // of every lane

    gate_limits limits_of(const lane& one) const;
};

// Everything that is wrong is added to the faults of `from`.
worker_settings read_worker_settings(settings& from);

}  // namespace otp
