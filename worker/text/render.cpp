#include "common/core/segments.hpp"
#include "worker/text/text_template.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace otp {

namespace {

std::string minutes_text(std::chrono::seconds validity) {
    using namespace std::chrono_literals;
    const auto whole = std::chrono::floor<std::chrono::minutes>(validity + 15s);
    return std::to_string(std::max<std::chrono::minutes::rep>(whole.count(), 1));
}

std::string_view variable(
    const text_values& values,
    std::string_view name,
    std::string_view absent
) {
    for (const auto& [given, text] : values.variables)
        if (given == name)
            return text;
    return absent;
}

std::string_view text_of(
    const text_piece& piece,
    const text_values& values,
    std::string_view minutes
) {
    switch (piece.what) {
    case text_piece::kind::words:
        return piece.text;
    case text_piece::kind::code:
        return values.code;
    case text_piece::kind::minutes:
        return minutes;
    case text_piece::kind::app:
        return variable(values, "app", values.app);
    case text_piece::kind::variable:
        return variable(values, piece.text, {});
    }
    return {};
}

// Measured first, so that the text is written once, into memory of the right size.
secret fill(
    std::span<const text_piece> pieces,
    const text_values& values,
    std::string_view minutes
) {
    std::size_t size = 0;
    for (const auto& piece : pieces)
        size += text_of(piece, values, minutes).size();
    secret filled = secret::of_size(size);
    auto at = filled.bytes().begin();
    for (const auto& piece : pieces) {
        const auto text = text_of(piece, values, minutes);
        at = std::copy(text.begin(), text.end(), at);
    }
    return filled;
}

}  // namespace

rendered_text render(const text_template& with, const text_values& values) {
    const auto minutes = minutes_text(values.validity);
    rendered_text done;
    done.text = fill(with.pieces, values, minutes);
    const auto size = measure_text(done.text.reveal());
    done.unicode = size.unicode;
    done.segments = size.segments;
    done.whatsapp.reserve(with.whatsapp.size());
    for (const auto& parameter : with.whatsapp)
        done.whatsapp.push_back(fill(std::span(&parameter, 1), values, minutes));
    return done;
}

}  // namespace otp
