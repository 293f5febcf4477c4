#include "common/config/server_settings.hpp"

#include "common/config/shared_settings.hpp"
#include "common/net/tls.hpp"
#include "common/postgres/connect.hpp"

#include <stdexcept>
#include <utility>

namespace otp {

server_settings read_server_settings(settings& from) {
    server_settings servers;
    if (const auto url = from.required_secret("AMQP_URL"); !url.empty()) {
        if (auto brokers = amqp::parse_urls(url.reveal()))
            servers.brokers = std::move(*brokers);
        else
            from.fault("AMQP_URL", brokers.error());
    }
    servers.database_url = from.required_secret("DATABASE_URL");
    if (!servers.database_url.empty())
        if (const auto fault = postgres::conninfo_fault(servers.database_url))
            from.fault("DATABASE_URL", *fault);
    servers.amqp_ca_file = from.text("AMQP_CA_FILE");
    servers.startup_wait = read_startup_wait(from);
    return servers;
}

void check_authorities(settings& from, std::string_view name, const std::string& file) {
    if (file.empty())
        return;
    try {
        net::make_client_tls(file);
    } catch (const std::invalid_argument& e) {
        from.add_fault(std::string(name) + ": " + e.what());
    }
}

}  // namespace otp
