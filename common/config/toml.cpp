#include "common/config/toml.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

namespace otp {

namespace {

// Where a text begins: its quotes, one or three, which end it too. Empty where none does.
std::string_view opening(std::string_view rest) {
    for (const std::string_view quotes : {"\"\"\"", "'''", "\"", "'"})
        if (rest.starts_with(quotes))
            return quotes;
    return {};
}

// The text that begins with `quotes`, with all of its quotes; a short one ends with its line.
std::size_t length_of_text(std::string_view rest, std::string_view quotes) {
    std::size_t at = quotes.size();
    while (at < rest.size() && !rest.substr(at).starts_with(quotes)) {
        if (rest[at] == '\n' && quotes.size() == 1)
            return at;
        at += rest[at] == '\\' && quotes.front() == '"' ? 2 : 1;
    }
    return std::min(at + quotes.size(), rest.size());
}

// What toml++ must not be given: it takes such a character for one that cannot be, and what it does
// then is undefined. The text says where it stands. A text over several lines may have none either.
std::optional<std::string> stray_character(std::string_view text) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    std::size_t at = text.starts_with(mark) ? mark.size() : 0;
    while (at < text.size()) {
        const auto rest = text.substr(at);
        if (const auto quotes = opening(rest); !quotes.empty())
            at += length_of_text(rest, quotes);
        else if (rest.front() == '#')
            at += std::min(rest.find('\n'), rest.size());
        else if (static_cast<unsigned char>(rest.front()) > 127)
            return "a letter that is no ASCII stands outside of quotes and comments (line " +
                   std::to_string(1 + std::ranges::count(text.substr(0, at), '\n')) + ")";
        else
            ++at;
    }
    return std::nullopt;
}

}  // namespace

boost::system::result<toml::table, std::string> parse_toml(std::string_view text) {
    if (auto stray = stray_character(text))
        return std::move(*stray);
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& e) {
        std::string what(e.description());
        if (e.source().begin.line > 0)
            what += " (line " + std::to_string(e.source().begin.line) + ")";
        return what;
    }
}

std::optional<std::string> text_of(const toml::node& node) {
    if (const auto* text = node.as_string())
        return text->get();
    if (const auto* number = node.as_integer())
        return std::to_string(number->get());
    if (const auto* share = node.as_floating_point()) {
        std::array<char, 32> room{};
        const auto end = std::to_chars(room.data(), room.data() + room.size(), share->get()).ptr;
        return std::string(room.data(), end);
    }
    if (const auto* flag = node.as_boolean())
        return flag->get() ? "yes" : "no";
    if (const auto* array = node.as_array()) {
        std::string joined;
        for (const auto& entry : *array) {
            const auto text = text_of(entry);
            if (!text)
                return std::nullopt;
            joined += (joined.empty() ? "" : ",") + *text;
        }
        return joined;
    }
    return std::nullopt;
}

}  // namespace otp
