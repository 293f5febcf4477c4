#include "ctl/doctor/remedies.hpp"

#include "common/config/known_settings.hpp"

#include <array>

namespace otp {

namespace {

struct hint {
    std::string_view sign;  // in the fault
    std::string_view remedy;
};

constexpr std::array setting_hints{
    hint{"unknown key", "mend the key in the file of --config, or take it out"},
    hint{"its file ", "check the path behind _FILE, and that the user of the program may read it"},
    hint{
        "OTP_CODE_KEYS",
        "`otpctl keys new code` makes an entry; give every otp-worker the same list"},
    hint{
        "OTP_HASH_KEYS",
        "`otpctl keys new hash` makes an entry; give otp-worker and otp-verify the same list"},
    hint{"OTP_DEVICE_KEYS", "`otpctl keys new device` makes an entry"},
    hint{"OTP_PROOF_KEYS", "`otpctl keys new proof --out FILE` makes a key and its entry"},
    hint{
        "OTP_EXPIRY",
        "set OTP_EXPIRY_SECONDS to 60 to 600, or OTP_EXPIRY_MINUTES to 1 to 10, not both"},
    hint{
        "no provider is configured",
        "set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_PHONE_NUMBER, or the GUPSHUP_ "
        "settings; docs/providers.md has where to find them"},
    hint{
        "is not configured for this channel",
        "configure that provider's sender for the channel, or leave it out of the list"},
    hint{"TWILIO_ACCOUNT_SID", "copy the Account SID from Twilio's console"},
    hint{"TWILIO_AUTH_TOKEN", "copy the auth token from Twilio's console"},
    hint{"TWILIO_API_KEY", "set both parts of the API key, SK… and its secret, or neither"},
    hint{
        "TWILIO_VERIFY_SERVICE_SID",
        "copy the SID of the Verify service, VA…, with custom codes enabled"},
    hint{"TWILIO_PHONE_NUMBER", "set the sender as Twilio's console shows it, +14155550100"},
    hint{"TWILIO_WHATSAPP_NUMBER", "set the sender, whatsapp:+…, and its approved template, HX…"},
    hint{
        "GUPSHUP_WEBHOOK_SECRET",
        "set 32 characters or more, as `openssl rand -hex 32` makes them"},
    hint{"OTP_CALLBACK_URL", "set the public base URL of otp-verify, https://otp.example.com"},
    hint{
        "OTP_TLS_CERT_FILE",
        "name the certificate chain and its own private key, both PEM, readable by otp-verify"},
    hint{"OTP_AUTH", "leave OTP_AUTH at required, or listen on 127.0.0.1 while it is off"},
    hint{"AMQP_URL", "set amqp://user:password@host:port/vhost, with special characters as %XX"},
    hint{"DATABASE_URL", "set postgresql://user:password@host:port/database"},
    hint{"limits", "compare with config/limits.toml, which shows every key"},
    hint{"abuse", "compare with config/limits.toml, which shows every key"},
};

constexpr std::array database_hints{
    hint{
        "password authentication failed",
        "set the password of that role (`psql -c '\\password otp_worker'`) into DATABASE_URL"},
    hint{"no password supplied", "put the role's password into DATABASE_URL"},
    hint{"pg_hba.conf", "allow this role, database and address in pg_hba.conf of the server"},
    hint{"does not exist", "check role and database in DATABASE_URL; `createdb otp` makes one"},
    hint{"onnection refused", "is PostgreSQL running at that host and port? Check DATABASE_URL"},
    hint{"no answer in time", "check host, port and firewall on the way to PostgreSQL"},
    hint{"certificate", "check sslrootcert and the host name in DATABASE_URL"},
    hint{"SSL", "check sslmode in DATABASE_URL and the server's ssl setting"},
    hint{"read-only", "list all hosts and target_session_attrs=read-write in DATABASE_URL"},
    hint{"too many clients", "raise max_connections of PostgreSQL, or run fewer processes"},
};

constexpr std::array broker_hints{
    hint{
        "inequivalent arg",
        "move its messages away, delete the queue, then `otpctl topology apply`"},
    hint{"ACCESS_REFUSED - Login", "check user and password in AMQP_URL"},
    hint{
        "403 ACCESS_REFUSED",
        "give the user its rights: rabbitmqctl set_permissions, as docs/operations.md has it"},
    hint{"530 NOT_ALLOWED", "check the vhost in AMQP_URL; `rabbitmqctl add_vhost` makes one"},
    hint{
        "host name does not match",
        "name the broker in AMQP_URL as its certificate does, or give it another certificate"},
    hint{"unknown CA", "set AMQP_CA_FILE to the CA of the broker's certificate"},
    hint{"certificate", "give the broker a certificate that is valid now"},
    hint{"refused", "is RabbitMQ running at that host and port? Check AMQP_URL"},
    hint{
        "timeout: AMQP handshake",
        "is it the AMQP port (5672, or 5671 for amqps), and not another service?"},
    hint{"resolve", "check the host name in AMQP_URL and the DNS of this machine"},
};

constexpr std::array call_hints{
    hint{
        "certificate",
        "set OTP_CA_FILE to the CA of that server, or mend the server's certificate and host name"},
    hint{"refused", "nothing listens there: check host, port and proxy"},
    hint{"resolve", "check the host name and the DNS of this machine"},
    hint{"", "check the way out of this machine: firewall, proxy, DNS"},
};

template <std::size_t Size>
std::string_view hint_in(const std::array<hint, Size>& hints, std::string_view fault) {
    for (const auto& one : hints)
        if (fault.find(one.sign) != std::string_view::npos)
            return one.remedy;
    return {};
}

}  // namespace

std::string remedy_of_setting(std::string_view fault) {
    if (const auto known = hint_in(setting_hints, fault); !known.empty())
        return std::string(known);
    for (const auto& one : known_settings())
        if (fault.find(one.name) != std::string_view::npos)
            return "mend " + std::string(one.name) + ": " + std::string(one.help);
    return "see Settings in docs/operations.md";
}

std::string remedy_of_database(std::string_view fault) {
    const auto known = hint_in(database_hints, fault);
    return std::string(known.empty() ? "check DATABASE_URL and the server's log" : known);
}

std::string remedy_of_broker(std::string_view fault) {
    const auto known = hint_in(broker_hints, fault);
    return std::string(known.empty() ? "check AMQP_URL and the broker's log" : known);
}

std::string remedy_of_call(std::string_view fault, std::string_view setting) {
    return std::string(setting) + ": " + std::string(hint_in(call_hints, fault));
}

}  // namespace otp
