#include "tests/bench/wire.hpp"

#include <charconv>

namespace otp::bench {

wire_message read_message(std::string_view text) {
    constexpr std::string_view empty_line = "\r\n\r\n";
    const auto head_end = text.find(empty_line);
    if (head_end == std::string_view::npos)
        return {};
    const auto start_end = text.find("\r\n");
    wire_message found;
    found.start = text.substr(0, start_end);
    found.head = text.substr(start_end, head_end + 2 - start_end);
    const auto length_text = between(found.head, "\r\nContent-Length: ", '\r');
    std::size_t length = 0;
    std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
    const auto body_at = head_end + empty_line.size();
    if (text.size() < body_at + length)
        return {};
    found.body = text.substr(body_at, length);
    found.size = body_at + length;
    return found;
}

std::string_view between(std::string_view text, std::string_view before, char end) {
    const auto at = text.find(before);
    if (at == std::string_view::npos)
        return {};
    const auto rest = text.substr(at + before.size());
    return rest.substr(0, rest.find(end));
}

}  // namespace otp::bench
