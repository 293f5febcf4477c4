#pragma once

#include <string_view>

namespace otp {

// What an SMS takes on its way: 3GPP TS 23.038 and 23.040.
struct text_size {
    bool unicode;  // some character is not in the GSM 7-bit alphabet, so all go as UTF-16
    int units;     // septets (an extension character takes two), or UTF-16 code units
    int segments;  // parts that are paid for
};

// `text` is UTF-8; a byte that is not counts as one character outside the GSM alphabet. One segment
// holds 160 septets or 70 UTF-16 units; each part of a longer text seven or three less, for its
// header. A character of two units is never cut in two. Empty text takes one segment.
text_size measure_text(std::string_view text);

}  // namespace otp
