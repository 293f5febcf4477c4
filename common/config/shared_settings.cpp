#include "common/config/shared_settings.hpp"

#include "common/http/url.hpp"

#include <algorithm>
#include <charconv>

namespace otp {

std::chrono::seconds read_startup_wait(settings& from) {
    constexpr std::chrono::seconds one_attempt{2};
    const std::chrono::seconds wait{from.whole("OTP_STARTUP_WAIT_SECONDS", 0, 3600, 60)};
    return std::max(wait, one_attempt);
}

code_settings read_code_settings(settings& from) {
    code_settings code;
    // Both are read, whichever holds: a reload names what has been read before.
    const bool in_minutes = !from.text("OTP_EXPIRY_MINUTES").empty();
    const bool in_seconds = !from.text("OTP_EXPIRY_SECONDS").empty();
    if (in_minutes && in_seconds)
        from.fault("OTP_EXPIRY_MINUTES", "and OTP_EXPIRY_SECONDS are both set: keep one of them");
    if (in_minutes)
        code.ttl = std::chrono::minutes(from.whole("OTP_EXPIRY_MINUTES", 1, 10, 5));
    else
        code.ttl = std::chrono::seconds(from.whole("OTP_EXPIRY_SECONDS", 60, 600, 300));
    code.length = static_cast<int>(from.whole("OTP_CODE_LENGTH", 4, 10, 6));
    return code;
}

std::vector<int> read_resend_ladder(settings& from) {
    std::vector<int> ladder;
    bool all_fit = true;
    for (const auto& word : from.list("OTP_RESEND_SECONDS", "30,60,120,300")) {
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

std::optional<std::string> queue_fault(std::string_view name) {
    constexpr std::size_t most_octets = 255;
    // A queue is bound by its own name, and by the key "send" otp.send gets its jobs.
    const bool is_taken = name.starts_with("amq.") || name.starts_with("otp.retry.") ||
                          name == "otp.dead" || name == "send";
    if (!is_taken && !name.empty() && name.size() <= most_octets)
        return std::nullopt;
    return "cannot be a queue of jobs: expected at most 255 octets, such as otp.send.acme, not "
           "amq.*, otp.retry.*, otp.dead or send";
}

std::string read_queue(settings& from) {
    auto name = from.text("OTP_QUEUE", "otp.send");
    if (const auto wrong = queue_fault(name))
        from.fault("OTP_QUEUE", *wrong);
    return name;
}

int read_retention_days(settings& from) {
    return static_cast<int>(from.whole("OTP_RETENTION_DAYS", 1, 3650, 30));
}

std::string read_callback_url(settings& from) {
    auto base = from.text("OTP_CALLBACK_URL");
    if (base.empty())
        return base;
    const auto url = http::parse_url(base);
    if (!url)
        from.fault("OTP_CALLBACK_URL", "cannot be used: " + url.error().text);
    else if (url->host.find('_') != std::string::npos)
        from.fault(
            "OTP_CALLBACK_URL",
            "cannot be used: providers call no host with an underscore in its name; expected a URL "
            "such as https://otp.example.com"
        );
    else if (url->target.find('?') != std::string::npos)
        from.fault(
            "OTP_CALLBACK_URL",
            "cannot be used: it has a query (?), and paths are put behind it; expected a URL such "
            "as https://otp.example.com"
        );
    if (base.ends_with('/'))
        base.pop_back();
    return base;
}

}  // namespace otp
