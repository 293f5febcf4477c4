#include "common/config/shared_settings.hpp"

#include "common/http/url.hpp"

#include <algorithm>
#include <charconv>

namespace otp {

server_settings read_server_settings(settings& from) {
    server_settings servers;
    servers.amqp_url = from.required_secret("AMQP_URL");
    servers.database_url = from.required_secret("DATABASE_URL");
    servers.amqp_ca_file = from.text("AMQP_CA_FILE");
    servers.startup_wait = read_startup_wait(from);
    return servers;
}

std::chrono::seconds read_startup_wait(settings& from) {
    constexpr std::chrono::seconds one_attempt{2};
    const std::chrono::seconds wait{from.whole("OTP_STARTUP_WAIT_SECONDS", 0, 3600, 60)};
    return std::max(wait, one_attempt);
}

code_settings read_code_settings(settings& from) {
    code_settings code;
    if (from.is_set("OTP_EXPIRY_MINUTES") && from.is_set("OTP_EXPIRY_SECONDS"))
        from.fault("OTP_EXPIRY_MINUTES", "and OTP_EXPIRY_SECONDS are both set: keep one of them");
    if (from.is_set("OTP_EXPIRY_MINUTES"))
        code.ttl = std::chrono::minutes(from.whole("OTP_EXPIRY_MINUTES", 1, 10, 5));
    else
        code.ttl = std::chrono::seconds(from.whole("OTP_EXPIRY_SECONDS", 60, 600, 300));
    code.length = static_cast<int>(from.whole("OTP_CODE_LENGTH", 4, 10, 6));
    return code;
}

std::vector<int> read_resend_ladder(settings& from) {
    if (!from.is_set("OTP_RESEND_SECONDS"))
        return {30, 60, 120, 300};
    std::vector<int> ladder;
    bool all_fit = true;
    for (const auto& word : from.list("OTP_RESEND_SECONDS")) {
        auto& seconds = ladder.emplace_back(-1);
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), seconds);
        all_fit = all_fit && error == std::errc() && end == word.data() + word.size() &&
                  seconds >= 0 && seconds <= 86400;
    }
    if (ladder.empty() || !all_fit)
        from.fault(
            "OTP_RESEND_SECONDS",
            "must be seconds from 0 to 86400, comma-separated, such as 30,60,120,300"
        );
    return ladder;
}

std::string read_queue(settings& from) {
    constexpr std::size_t most_octets = 255;
    auto name = from.text("OTP_QUEUE", "otp.send");
    // A queue is bound by its own name, and by the key "send" otp.send gets its jobs.
    const bool is_taken = name.starts_with("amq.") || name.starts_with("otp.retry.") ||
                          name == "otp.dead" || name == "send";
    if (is_taken || name.size() > most_octets)
        from.fault(
            "OTP_QUEUE",
            "cannot be a queue of jobs: expected at most 255 octets, such as otp.send.acme, not "
            "amq.*, otp.retry.*, otp.dead or send"
        );
    return name;
}

std::string read_callback_url(settings& from) {
    auto base = from.text("OTP_CALLBACK_URL");
    if (base.empty())
        return base;
    if (const auto url = http::parse_url(base); !url)
        from.fault("OTP_CALLBACK_URL", "cannot be used: " + url.error().text);
    if (base.ends_with('/'))
        base.pop_back();
    return base;
}

}  // namespace otp
