#include "common/http/codec/head.hpp"

#include "common/core/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace otp::http {
namespace {

constexpr std::size_t most_fields = 100;

constexpr head_fault malformed(std::string_view detail) {
    return {400, detail};
}

// RFC 9110, 5.6.2.
constexpr bool is_token_char(char c) noexcept {
    return is_alphanumeric(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

constexpr bool is_field_char(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

constexpr bool is_target_char(char c) noexcept {
    return c > 0x20 && c < 0x7f && c != '#';
}

// RFC 3986, 3.2: no user part, and nothing that would end the authority.
constexpr bool is_host_char(char c) noexcept {
    return is_alphanumeric(c) ||
           std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
}

// Cuts the first line off `text`, without its CRLF.
std::string_view take_line(std::string_view& text) noexcept {
    const auto end = text.find("\r\n");
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    return line;
}

// Cuts off what stands before `separator`; all of it where there is none.
std::string_view take_until(std::string_view& text, char separator) noexcept {
    const auto end = text.find(separator);
    const auto part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return part;
}

bool lists(std::string_view value, std::string_view token) noexcept {
    while (!value.empty()) {
        if (equals_ignoring_case(trimmed(take_until(value, ',')), token))
            return true;
    }
    return false;
}

std::optional<std::size_t> parse_length(std::string_view text) noexcept {
    std::uint64_t number = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (text.empty() || !is_digit(text.front()) || read.ec != std::errc() || read.ptr != end)
        return std::nullopt;
    return static_cast<std::size_t>(number);
}

// The fields that say where the body ends and whether the connection goes on.
struct message_fields {
    std::optional<std::size_t> length;
    bool chunked = false;
    bool coded = false;  // a Transfer-Encoding was given
    bool close = false;
    bool keep_alive = false;
};

boost::system::result<message_fields, head_fault> read_framing(const std::vector<head_field>& fields
) {
    message_fields found;
    for (const head_field& field : fields) {
        if (equals_ignoring_case(field.name, "content-length")) {
            if (found.length)
                return malformed("Content-Length is given twice");
            found.length = parse_length(field.value);
            if (!found.length)
                return malformed("Content-Length is not a number");
        } else if (equals_ignoring_case(field.name, "transfer-encoding")) {
            if (found.coded || !equals_ignoring_case(field.value, "chunked"))
                return head_fault{501, "the only Transfer-Encoding supported is chunked"};
            found.coded = found.chunked = true;
        } else if (equals_ignoring_case(field.name, "connection")) {
            found.close = found.close || lists(field.value, "close");
            found.keep_alive = found.keep_alive || lists(field.value, "keep-alive");
        }
    }
    if (found.coded && found.length)
        return malformed("both Content-Length and Transfer-Encoding are given");
    return found;
}

boost::system::result<std::vector<head_field>, head_fault> parse_fields(std::string_view text) {
    std::vector<head_field> fields;
    fields.reserve(12);
    while (true) {
        std::string_view line = take_line(text);
        if (line.empty())
            return fields;
        if (fields.size() == most_fields)
            return head_fault{431, "more than 100 header fields"};
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
            return malformed("a header line is not 'Name: value'");
        const auto value = trimmed(line.substr(colon + 1));
        if (!std::all_of(value.begin(), value.end(), is_field_char))
            return malformed("a header value holds a control character");
        fields.push_back({line.substr(0, colon), value});
    }
}

enum class version { one_zero, one_one };

boost::system::result<version, head_fault> parse_version(std::string_view text) {
    if (text.size() != 8 || !text.starts_with("HTTP/") || !is_digit(text[5]) || text[6] != '.' ||
        !is_digit(text[7]))
        return malformed("the first line has no HTTP version");
    if (text[5] != '1')
        return head_fault{505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
    return text[7] == '0' ? version::one_zero : version::one_one;
}

// Sets path and query; takes the absolute form (for proxies) too.
bool split_target(std::string_view target, request_head& head) {
    if (!std::all_of(target.begin(), target.end(), is_target_char))
        return false;
    if (target.starts_with("http://") || target.starts_with("https://")) {
        target.remove_prefix(target.find("://") + 3);
        const auto slash = target.find_first_of("/?");
        target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
    head.path = take_until(target, '?');
    head.query = target;
    return head.path.starts_with('/') || head.path == "*";
}

boost::system::result<void, head_fault> check_expectations(request_head& head, version spoken) {
    int hosts = 0;
    for (const head_field& field : head.fields) {
        if (equals_ignoring_case(field.name, "host")) {
            ++hosts;
            if (!std::all_of(field.value.begin(), field.value.end(), is_host_char))
                return malformed("the Host field is not a host and a port");
        }
        if (equals_ignoring_case(field.name, "expect") && spoken == version::one_one) {
            if (!equals_ignoring_case(field.value, "100-continue"))
                return head_fault{417, "the only expectation met here is 100-continue"};
            head.expects_continue = true;
        }
    }
    if (hosts > 1 || (hosts == 0 && spoken == version::one_one))
        return malformed("a request needs exactly one Host field");
    return {};
}

}  // namespace

std::string_view answer_head::value(std::string_view name) const {
    for (const head_field& field : fields) {
        if (equals_ignoring_case(field.name, name))
            return field.value;
    }
    return {};
}

boost::system::result<std::optional<std::size_t>, head_fault> find_head_end(
    std::string_view text,
    std::size_t looked_at
) {
    for (auto at = text.find('\n', looked_at); at != std::string_view::npos;
         at = text.find('\n', at + 1)) {
        if (at == 0 || text[at - 1] != '\r')
            return malformed("a line ends in LF alone, not in CRLF");
        if (at >= 3 && text[at - 2] == '\n')
            return std::optional(at + 1);
    }
    return std::optional<std::size_t>();
}

boost::system::result<request_head, head_fault> parse_request_head(std::string_view text) {
    std::string_view line = take_line(text);
    request_head head;
    head.method = take_until(line, ' ');
    const std::string_view target = take_until(line, ' ');
    if (!is_token(head.method) || !split_target(target, head))
        return malformed("the first line is not 'METHOD /path HTTP/1.1'");
    const auto spoken = parse_version(line);
    if (!spoken)
        return spoken.error();
    auto fields = parse_fields(text);
    if (!fields)
        return fields.error();
    head.fields = std::move(*fields);
    const auto found = read_framing(head.fields);
    if (!found)
        return found.error();
    if (const auto met = check_expectations(head, *spoken); !met)
        return met.error();
    if (found->chunked && *spoken == version::one_zero)
        return malformed("HTTP/1.0 has no Transfer-Encoding");
    head.body = found->chunked                   ? framing::chunked
                : found->length.value_or(0) != 0 ? framing::length
                                                 : framing::none;
    head.length = found->length.value_or(0);
    head.keep_alive = !found->close && (*spoken == version::one_one || found->keep_alive);
    return head;
}

boost::system::result<answer_head, head_fault> parse_answer_fields(std::string_view text) {
    std::string_view line = take_line(text);
    const auto spoken = parse_version(take_until(line, ' '));
    if (!spoken)
        return spoken.error();
    const auto status = parse_length(take_until(line, ' '));
    if (!status || *status < 100 || *status > 999)
        return malformed("the status line has no status of three digits");
    auto fields = parse_fields(text);
    answer_head head;
    head.status = static_cast<unsigned>(*status);
    if (!fields)
        return fields.error();
    head.fields = std::move(*fields);
    head.keep_alive = *spoken == version::one_one;
    return head;
}

boost::system::result<answer_head, head_fault> parse_answer_head(std::string_view text) {
    auto head = parse_answer_fields(text);
    if (!head)
        return head.error();
    const auto found = read_framing(head->fields);
    if (!found)
        return found.error();
    if (head->status < 200 || head->status == 204 || head->status == 304)
        head->body = framing::none;
    else if (found->chunked)
        head->body = framing::chunked;
    else if (found->length)
        head->body = framing::length;
    head->length = found->length.value_or(0);
    head->keep_alive = !found->close && (head->keep_alive || found->keep_alive);
    return head;
}

}  // namespace otp::http
