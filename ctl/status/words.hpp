#pragma once

#include <string>
#include <string_view>

// Codes and reasons in words that a support person understands.
namespace otp {

// "twilio" is Twilio.
std::string name_of(std::string_view provider);

// "30003 (handset cannot be reached)", "no_answer (it did not answer in 10 s)"; the code alone
// where nobody knows it.
std::string code_in_words(
    std::string_view provider,
    std::string_view channel,
    std::string_view code
);

// What a reason of a delivery means, as the rest of a sentence; the reason itself where it is a
// provider's code.
std::string reason_in_words(std::string_view reason);

}  // namespace otp
