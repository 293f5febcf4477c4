#include "common/http/client_connection.hpp"

#include <tuple>

namespace otp::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_connect_head_bytes = 8192;

}  // namespace

// No byte of a request is written before TLS stands, so whatever fails here was not sent. A 2xx has
// no body whatever its fields say (RFC 9110, 9.3.6), and interim answers may come before it.
asio::awaitable<std::string> client_connection::open_tunnel() {
    const secret asked = connect_request(*origin_.through, origin_.where);
    const auto [error, written] = co_await stream_.write(asked.reveal());
    if (error)
        co_return "asking the proxy: " + reason(error);
    std::size_t looked_at = 0;
    for (;;) {
        const auto end = find_head_end(in_.view(), looked_at);
        if (!end || in_.size() > most_connect_head_bytes)
            co_return "the proxy's answer is malformed";
        if (!*end) {
            looked_at = in_.size();
            if (const auto lost = co_await fill())
                co_return "reading the proxy's answer: " + reason(lost);
            continue;
        }
        const auto head = parse_answer_fields(in_.view().substr(0, **end));
        const auto status = head ? head->status : 0U;
        in_.drop_front(**end);
        looked_at = 0;
        const bool is_interim = status >= 100 && status < 200 && status != 101;
        if (is_interim)
            continue;
        const bool connects = status >= 200 && status < 300;
        if (status < 200 || (connects && !in_.empty()))  // TLS begins with our word
            co_return "the proxy's answer is malformed";
        co_return connects ? std::string() : "the proxy answered " + std::to_string(status);
    }
}

}  // namespace otp::http
