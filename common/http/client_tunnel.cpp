#include "common/http/client_connection.hpp"

#include <tuple>

namespace otp::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_head_bytes = 8192;

}  // namespace

// No byte of a request is written before TLS stands, so whatever fails here was not sent.
asio::awaitable<std::string> client_connection::open_tunnel() {
    const secret asked = connect_request(*origin_.through, origin_.where);
    const auto [error, written] = co_await stream_.write(asked.reveal());
    if (error)
        co_return "asking the proxy: " + reason(error);
    std::size_t looked_at = 0;
    for (;;) {
        const auto end = find_head_end(in_.view(), looked_at);
        if (!end || in_.size() > most_head_bytes)
            co_return "the proxy's answer is malformed";
        if (*end) {
            const auto head = parse_answer_head(in_.view().substr(0, **end));
            const bool nothing_follows = in_.size() == **end;  // TLS begins with our word
            if (!head || !nothing_follows)
                co_return "the proxy's answer is malformed";
            const auto status = head->status;
            in_.clear();
            if (status >= 200 && status < 300)
                co_return std::string();
            co_return "the proxy answered " + std::to_string(status);
        }
        looked_at = in_.size();
        if (const auto lost = co_await fill())
            co_return "reading the proxy's answer: " + reason(lost);
    }
}

}  // namespace otp::http
