#include "common/config/toml.hpp"

#include <array>
#include <charconv>

namespace otp {

namespace {

// False where a byte that is no ASCII stands outside of texts and the comment.
bool is_plain(std::string_view line) {
    char quote = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (quote != 0) {
            if (c == '\\' && quote == '"')
                ++at;
            else if (c == quote)
                quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '#') {
            return true;
        } else if (static_cast<unsigned char>(c) > 127) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::optional<std::string> stray_character(std::string_view text) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (text.starts_with(mark))
        text.remove_prefix(mark.size());
    for (int number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        if (!is_plain(text.substr(0, end)))
            return "a letter that is no ASCII stands outside of quotes and comments (line " +
                   std::to_string(number) + ")";
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return std::nullopt;
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
