#include "common/core/ascii.hpp"
#include "worker/provider/twilio_verify.hpp"

#include <algorithm>
#include <array>

namespace otp {

namespace {

// https://www.twilio.com/docs/verify/supported-languages: those of the default template. A text in
// any other is answered by 404.
constexpr std::array<std::string_view, 41> known{
    "af", "ar",    "ca", "cs", "da", "de", "el", "en", "en-GB", "es", "et", "fi", "fr",   "he",
    "hi", "hr",    "hu", "id", "it", "ja", "kn", "ko", "lt",    "mr", "ms", "nb", "nl",   "pl",
    "pt", "pt-BR", "ro", "ru", "sk", "sv", "te", "th", "tl",    "tr", "vi", "zh", "zh-HK"};

std::string_view find(std::string_view wanted) {
    const auto found = std::ranges::find_if(known, [&](std::string_view one) {
        return equals_ignoring_case(one, wanted);
    });
    return found == known.end() ? std::string_view() : *found;
}

}  // namespace

std::string_view verify_locale(std::string_view wanted) {
    if (const std::string_view whole = find(wanted); !whole.empty())
        return whole;
    return find(wanted.substr(0, wanted.find('-')));
}

}  // namespace otp
