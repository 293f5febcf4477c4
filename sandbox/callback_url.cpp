#include "sandbox/callback_url.hpp"

#include "common/http/url.hpp"

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
    const auto hash = std::min(text.find('#'), text.size());
    const auto whole = text.substr(0, hash);
    const auto parts = http::parse_url(whole);
    if (!parts || parts->host.find('_') != std::string::npos)
        return std::nullopt;
    callback_url url;
    url.origin = parts->origin();
    url.target = parts->target;
    url.whole = whole;
    take_overrides(url, text.substr(std::min(hash + 1, text.size())));
    return url;
}

}  // namespace otp::sandbox
