#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

// The text before the body of an HTTP/1.x message (RFC 9112). All views point into what was given.
namespace otp::http {

struct head_field {
    std::string_view name;   // as sent, in any case
    std::string_view value;  // without white space around it
};

enum class framing { none, length, chunked, until_close };

struct request_head {
    std::string_view method;
    std::string_view path;   // as sent, begins with '/'
    std::string_view query;  // without '?'
    std::vector<head_field> fields;
    framing body = framing::none;
    std::size_t length = 0;
    bool keep_alive = true;
    bool expects_continue = false;
};

struct answer_head {
    unsigned status = 0;
    std::vector<head_field> fields;
    framing body = framing::until_close;
    std::size_t length = 0;
    bool keep_alive = true;

    // The first field of that name, or empty.
    std::string_view value(std::string_view name) const;
};

// Why a head was refused, with the status a server answers. The detail is a literal: it never
// quotes what was sent.
struct head_fault {
    unsigned status = 400;
    std::string_view detail;
};

// Looks for the empty line that ends a head, from `looked_at` on (what earlier calls have seen).
// Gives the size of the head with that line, nothing while it is incomplete, or a fault at once
// where a line ends in a bare LF.
boost::system::result<std::optional<std::size_t>, head_fault> find_head_end(
    std::string_view text,
    std::size_t looked_at
);

// Strict, because whatever two parsers may read differently is how requests are smuggled: 400 for
// Content-Length beside Transfer-Encoding or given twice, folded lines, space before the colon, no
// or two Host fields; 417, 501 and 505 for what is well formed and not supported.
boost::system::result<request_head, head_fault> parse_request_head(std::string_view text);
boost::system::result<answer_head, head_fault> parse_answer_head(std::string_view text);

// The status and fields alone, whatever they say of a body: of an answer that has none, as to
// CONNECT, and of what is left of a head that is broken or cut off behind a line.
boost::system::result<answer_head, head_fault> parse_answer_fields(std::string_view text);

std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace otp::http
