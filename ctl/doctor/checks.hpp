#pragma once

#include "common/config/settings.hpp"
#include "common/limits/limit_rules.hpp"
#include "common/otp/keys.hpp"
#include "ctl/doctor/finding.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

// What `otpctl doctor` looks at, a file each. None sends a text or changes anything.
namespace otp {

// What is known once the settings are read; empty where they are wrong.
struct examined_settings {
    bool worker = true;  // the settings of otp-worker are meant, and
    bool verify = true;  // those of otp-verify
    secret database_url;
    secret amqp_url;
    std::string amqp_ca_file;
    std::string ca_file;
    std::string queue = "otp.send";
    std::string callback_url;
    std::string certificate_file;  // of otp-verify's own TLS
    std::string templates;
    std::vector<std::pair<std::string, std::string>>
        provider_urls;  // setting and URL, of those in use
    std::vector<std::string> faults;
    std::optional<key_ring> code_keys;
    std::optional<key_ring> hash_keys;
};

// Reads them as the programs do; what is wrong, and what is allowed but unwise, becomes findings.
examined_settings check_settings(settings& from, bool worker, bool verify, findings& into);

// Keys that are no random numbers, or the same for two purposes.
void check_keys(const examined_settings& of, findings& into);

// Files that hold secrets and others may read: those of NAME_FILE, OTP_PROOF_KEYS,
// OTP_TLS_KEY_FILE, and the TOML file where it holds a secret.
void check_secret_files(settings& from, findings& into);

// CA files and certificates: there, PEM, not expired, for the right host.
void check_certificates(const examined_settings& of, findings& into);

void check_templates(const examined_settings& of, findings& into);

// Connection, role, version of server and schema, clock, partitions, keys of live codes.
boost::asio::awaitable<void> check_database(const examined_settings& of, findings& into);

// Connection, rights, queues and their arguments, alarms, what waits without a consumer.
boost::asio::awaitable<void> check_broker(const examined_settings& of, findings& into);

// The callback URL and the providers, by a call without credentials.
boost::asio::awaitable<void> check_urls(const examined_settings& of, findings& into);

}  // namespace otp
