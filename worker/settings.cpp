#include "worker/settings.hpp"

#include "common/config/installed_folder.hpp"
#include "common/config/key_settings.hpp"
#include "common/core/short_name.hpp"
#include "worker/provider/read_settings.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace otp {

namespace {

provider_settings read_providers(settings& from) {
    auto all = read_provider_settings(from, [](settings& source, std::string_view name) {
        return source.secret_text(name);
    });
    for (const auto& fault : faults_of(all))
        from.add_fault(fault);
    return all;
}

std::vector<std::string> configured_for(const provider_settings& all, channel by) {
    std::vector<std::string> names;
    const bool sms = by == channel::sms;
    if (sms ? all.twilio.texts() : all.twilio.whatsapps())
        names.emplace_back("twilio");
    if (sms ? all.gupshup_sms.texts() : all.gupshup_whatsapp.whatsapps())
        names.emplace_back("gupshup");
    if (all.twilio.verifies())
        names.emplace_back("twilio_verify");
    return names;
}

// A country's order of one channel; of the other it has the usual one.
void read_route(
    settings& from,
    const std::string& name,
    const provider_settings& all,
    route_tables& into,
    std::vector<std::string>& faults
) {
    const auto country = name.substr(name.find('.') + 1, 2);
    const auto by = name.ends_with(".sms") ? channel::sms : channel::whatsapp;
    auto& table = into.by_country.try_emplace(country, into.usual).first->second;
    const auto listed = from.list(name);
    if (listed.empty())
        from.fault(name, "names no provider: without it the usual ones serve that country");
    table[static_cast<std::size_t>(by)] =
        preferred_providers(name, listed, configured_for(all, by), faults);
}

route_tables read_preferences(settings& from, const provider_settings& all) {
    constexpr std::pair<channel, const char*> listed[] = {
        {channel::sms, "OTP_SMS_PROVIDERS"},
        {channel::whatsapp, "OTP_WHATSAPP_PROVIDERS"}};
    route_tables tables;
    std::vector<std::string> faults;
    bool any = false;
    for (const auto& [by, name] : listed) {
        auto& order = tables.usual[static_cast<std::size_t>(by)];
        order = preferred_providers(name, from.list(name), configured_for(all, by), faults);
        any = any || !order.empty();
    }
    for (const auto& name : from.routes())
        read_route(from, name, all, tables, faults);
    for (auto& fault : faults)
        from.add_fault(std::move(fault));
    if (!any)
        from.add_fault("no provider is configured: set TWILIO_ACCOUNT_SID and TWILIO_PHONE_NUMBER, "
                       "or the GUPSHUP_ settings");
    return tables;
}

constexpr std::pair<const char*, channel> lanes[] = {
    {"twilio", channel::sms},
    {"twilio", channel::whatsapp},
    {"gupshup", channel::sms},
    {"gupshup", channel::whatsapp},
    {"twilio_verify", channel::sms},
    {"twilio_verify", channel::whatsapp}};

std::string table_of(const lane& one) {
    return "provider." + one.provider + "." + std::string(to_string(one.by));
}

std::vector<std::pair<lane, gate_limits>> read_limits(settings& from, std::size_t concurrency) {
    std::vector<std::pair<lane, gate_limits>> all;
    for (const auto& [provider, by] : lanes) {
        const lane one{provider, by};
        gate_limits limits;
        if (const auto name = table_of(one) + ".max_per_second"; !from.text(name).empty())
            limits.max_per_second = static_cast<double>(from.whole(name, 1, 100'000, 1));
        limits.most_in_flight = static_cast<std::size_t>(from.whole(
            table_of(one) + ".in_flight",
            1,
            30'000,
            static_cast<std::int64_t>(concurrency)
        ));
        all.emplace_back(one, limits);
    }
    return all;
}

std::shared_ptr<const http::proxy> read_proxy(settings& from) {
    const auto text = from.secret_text("OTP_HTTPS_PROXY");
    if (text.empty())
        return nullptr;
    auto read = http::parse_proxy(text.reveal());
    if (read)
        return std::make_shared<const http::proxy>(std::move(*read));
    from.fault("OTP_HTTPS_PROXY", "cannot be used: " + read.error().text);
    return nullptr;
}

}  // namespace

worker_settings read_worker_settings(settings& from) {
    worker_settings all;
    all.servers = read_server_settings(from);
    all.code = read_code_settings(from);
    all.providers = read_providers(from);
    all.preferred = read_preferences(from, all.providers);
    all.code_keys = read_keys(from, "OTP_CODE_KEYS");
    all.hash_keys = read_keys(from, "OTP_HASH_KEYS");
    all.resend_ladder = read_resend_ladder(from);
    all.send_limits = read_live_limits(from);
    all.listen = from.text("OTP_WORKER_LISTEN", "127.0.0.1:9464");
    all.templates = from.text("OTP_TEMPLATES", installed_folder("templates"));
    all.app_name = from.text("OTP_APP_NAME", "OTP");
    all.ca_file = from.text("OTP_CA_FILE");
    all.proxy = read_proxy(from);
    all.queue = read_queue(from);
    all.queue_tenant = from.text("OTP_QUEUE_TENANT");
    if (!all.queue_tenant.empty() && !is_short_name(all.queue_tenant))
        from.fault("OTP_QUEUE_TENANT", "is no tenant: expected 1 to 64 of a-z, 0-9, _ . -");
    all.callback_url = read_callback_url(from);
    all.concurrency = static_cast<std::size_t>(from.whole("OTP_CONCURRENCY", 1, 30000, 512));
    all.limits = read_limits(from, all.concurrency);
    all.hold_doubts =
        from.one_of("OTP_IN_DOUBT", {"resend_other_provider", "hold"}, "resend_other_provider") ==
        "hold";
    return all;
}

gate_limits worker_settings::limits_of(const lane& one) const {
    const auto found = std::ranges::find(limits, one, &std::pair<lane, gate_limits>::first);
    return found == limits.end() ? gate_limits() : found->second;
}

}  // namespace otp
