// What a client sends before it is known: the head of a request, and a body in chunks. Where its
// bytes are cut must not matter, and what was understood must be understood alike once it is
// written out plainly: two readings of one request are how requests are smuggled.
#include "common/http/codec/chunked.hpp"
#include "common/http/codec/head.hpp"
#include "common/http/server.hpp"
#include "tests/fuzz/fuzz_target.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace {

using namespace otp::http;
using otp::fuzz::must;

constexpr std::size_t most_body_bytes = 256;

struct found_end {
    bool refused = false;
    std::size_t size = 0;  // 0: not there yet

    bool operator==(const found_end&) const = default;
};

found_end look(std::string_view text, std::size_t looked_at) {
    const auto end = find_head_end(text, looked_at);
    return end ? found_end{false, end->value_or(0)} : found_end{true, 0};
}

// The head as the server looks for it, while the text comes in pieces.
found_end look_in_pieces(std::string_view text, std::size_t piece) {
    std::size_t seen = 0;
    for (std::size_t size = 0; size < text.size();) {
        size = std::min(size + piece, text.size());
        const auto end = look(text.substr(0, size), seen);
        if (end.refused || end.size != 0)
            return end;
        seen = size;
    }
    return {};
}

std::string plainly(const request_head& head, std::string_view version) {
    std::string text(head.method);
    text += ' ';
    text += head.path;
    if (!head.query.empty())
        (text += '?') += head.query;
    (text += ' ') += version;
    text += "\r\n";
    for (const auto& field : head.fields)
        ((text += field.name) += ": ") += std::string(field.value) + "\r\n";
    return text + "\r\n";
}

void read_request(std::string_view text) {
    const auto head = parse_request_head(text);
    if (!head) {
        must(head.error().status >= 400 && head.error().status < 600, "a refusal has a status");
        return;
    }
    must(!head->method.empty(), "a request has a method");
    must(head->path == "*" || head->path.starts_with('/'), "a path begins with a slash");
    must((head->length == 0) || head->body == framing::length, "a length goes with a body");
    // In its own version: HTTP/1.0 needs no host, and asks for nothing by "Expect".
    constexpr std::size_t version_size = std::string_view("HTTP/1.1").size();
    const auto line = text.substr(0, text.find("\r\n"));
    const auto written = plainly(*head, line.substr(line.size() - version_size));
    const auto again = parse_request_head(written);
    must(again.has_value(), "a request that was understood is one when written plainly");
    must(
        again->method == head->method && again->path == head->path && again->query == head->query,
        "it asks for the same"
    );
    must(again->body == head->body && again->length == head->length, "its body is the same");
}

struct read_chunks {
    chunked_reader::progress state;
    std::size_t taken;
    std::string body;

    bool operator==(const read_chunks&) const = default;
};

read_chunks in_pieces(std::string_view wire, std::size_t first, std::size_t others) {
    chunked_reader reader(most_body_bytes);
    wiped_buffer body;
    std::size_t taken = 0;
    for (std::size_t piece = first; taken < wire.size(); piece = others) {
        const auto next = wire.substr(taken, std::max<std::size_t>(piece, 1));
        taken += reader.feed(next, body);
        if (reader.state() != chunked_reader::progress::more)
            break;
    }
    return {reader.state(), taken, std::string(body.view())};
}

void read_body(std::string_view wire) {
    const auto whole = in_pieces(wire, wire.size(), 1);
    must(whole.body.size() <= most_body_bytes, "a body stays within its limit");
    must(whole.body.size() <= wire.size(), "a body is no longer than what was sent");
    must(in_pieces(wire, 1, 1) == whole, "chunks that come byte by byte are the same");
    must(in_pieces(wire, otp::fuzz::cut_of(wire), wire.size()) == whole, "so are those cut in two");
}

// Never called; no coroutine, for which clang 14 makes code that it cannot assemble here.
boost::asio::awaitable<server_answer> nothing(server_request&) {
    std::abort();
}

void find_route(std::string_view path) {
    static const router routes = [] {
        router all;
        all.on("POST", "/v1/verifications/{id}/check", nothing);
        all.on("GET", "/v1/verifications/{id}", nothing);
        all.on("POST", "/webhooks/twilio/{request_id}/{attempt}", nothing);
        all.on("POST", "/webhooks/gupshup/{secret}", nothing);
        return all;
    }();
    const auto found = routes.find("POST", path);
    must(found.answer == nullptr || found.captures.size() <= 2, "a path has the route's captures");
    for (const auto& [name, value] : found.captures)
        must(!value.empty() && value.find('\0') == std::string::npos, "a capture is a text");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = otp::fuzz::text_of(data, size);
    const auto end = look(text, 0);
    must(look_in_pieces(text, 1) == end, "a head that comes byte by byte ends where it did");
    must(look_in_pieces(text, otp::fuzz::cut_of(text) + 1) == end, "so does one that is cut");
    if (end.size != 0) {
        must(end.size <= text.size(), "a head ends within the text");
        read_request(text.substr(0, end.size));
        parse_answer_head(text.substr(0, end.size));
        read_body(text.substr(end.size));
    }
    read_body(text);
    // What the head lets by is printable.
    if (std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; }))
        find_route(text);
    return 0;
}
