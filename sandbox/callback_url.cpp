#include "sandbox/callback_url.hpp"

#include <algorithm>
#include <charconv>

namespace otp::sandbox {

namespace {

std::optional<int> whole_number(std::string_view text, int least, int most) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
        return std::nullopt;
    return value;
}

bool is_host(std::string_view host) {
    if (host.starts_with('['))
        return host.ends_with(']') &&
               host.find_first_not_of("[]:.0123456789abcdefABCDEF") == std::string_view::npos;
    return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-';
    });
}

// host or host:port
bool is_authority(std::string_view text) {
    const auto colon = text.rfind(':');
    const bool has_port = colon != std::string_view::npos && !text.ends_with(']');
    if (has_port && !whole_number(text.substr(colon + 1), 1, 65535))
        return false;
    return is_host(has_port ? text.substr(0, colon) : text);
}

void take_override(callback_url& url, std::string_view name, std::string_view value) {
    using std::chrono::milliseconds;
    if (name == "rc")
        url.retries = whole_number(value, 0, 5).value_or(url.retries);
    if (const auto ms = whole_number(value, 100, 15000)) {
        if (name == "rt")
            url.answer_within = milliseconds(*ms);
        if (name == "tt")
            url.all_within = milliseconds(*ms);
    }
    if (name == "rp") {
        const auto names = [&](std::string_view word) {
            return value == "all" || value.find(word) != std::string_view::npos;
        };
        url.retry_silence = names("rt");
        url.retry_4xx = names("4xx");
        url.retry_5xx = names("5xx");
    }
}

void take_overrides(callback_url& url, std::string_view fragment) {
    while (!fragment.empty()) {
        const auto end = std::min(fragment.find('&'), fragment.size());
        const auto pair = fragment.substr(0, end);
        if (const auto equals = pair.find('='); equals != std::string_view::npos)
            take_override(url, pair.substr(0, equals), pair.substr(equals + 1));
        fragment.remove_prefix(std::min(end + 1, fragment.size()));
    }
}

}  // namespace

std::optional<callback_url> read_callback_url(std::string_view text) {
    const auto is_plain = [](char c) { return c > ' ' && c < 0x7F; };
    if (!std::all_of(text.begin(), text.end(), is_plain))
        return std::nullopt;
    if (!text.starts_with("http://") && !text.starts_with("https://"))
        return std::nullopt;
    callback_url url;
    const auto hash = std::min(text.find('#'), text.size());
    url.whole = text.substr(0, hash);
    const std::string_view whole = url.whole;
    const auto host = whole.find("//") + 2;
    const auto path = std::min(whole.find_first_of("/?", host), whole.size());
    if (!is_authority(whole.substr(host, path - host)))
        return std::nullopt;
    url.origin = whole.substr(0, path);
    url.target = whole.substr(path);
    if (!url.target.starts_with('/'))
        url.target.insert(0, 1, '/');
    take_overrides(url, text.substr(std::min(hash + 1, text.size())));
    return url;
}

}  // namespace otp::sandbox
