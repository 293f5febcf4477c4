#include "tests/bench/small_client.hpp"

#include "common/http/url.hpp"
#include "tests/bench/wire.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace otp::bench {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Writes at once: what is asked fits into the socket's buffer.
class small_client::line {
public:
    explicit line(small_client& of) : of_(of), socket_(of.executor_) {
        socket_.connect(of.to_);
        socket_.set_option(tcp::no_delay(true));
    }

    void ask(std::string_view request, on_answer then) {
        then_ = std::move(then);
        asio::write(socket_, asio::buffer(request.data(), request.size()));
        read();
    }

private:
    void read() {
        socket_.async_read_some(asio::buffer(room_), [this](error_code error, std::size_t count) {
            if (error == asio::error::operation_aborted)
                return;
            if (error)
                throw boost::system::system_error(error, "reading an answer");
            unread_.append(room_.data(), count);
            const auto answer = read_message(unread_);
            if (answer.size == 0)
                return read();
            take(answer);
        });
    }

    // The next request may be put on this connection while the callback runs.
    void take(const wire_message& answer) {
        unsigned status = 0;
        const auto code = answer.start.substr(answer.start.find(' ') + 1);
        std::from_chars(code.data(), code.data() + code.size(), status);
        const std::string text = std::exchange(unread_, {});
        const auto then = std::exchange(then_, {});
        of_.idle_.push_back(this);
        then(status, read_message(text).body);
    }

    small_client& of_;
    tcp::socket socket_;
    on_answer then_;
    std::array<char, 4096> room_;
    std::string unread_;
};

small_client::small_client(asio::any_io_executor executor, const std::string& address)
    : executor_(std::move(executor)) {
    const auto where = http::parse_host_and_port(address);
    if (!where)
        throw std::invalid_argument("'" + address + "' is not address:port");
    to_ = tcp::endpoint(asio::ip::make_address(where->host), where->port);
}

small_client::~small_client() = default;

void small_client::dial(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        lines_.push_back(std::make_unique<line>(*this));
        idle_.push_back(lines_.back().get());
    }
}

void small_client::ask(std::string_view request, on_answer then) {
    if (idle_.empty())
        dial(1);
    line* const free = idle_.back();
    idle_.pop_back();
    free->ask(request, std::move(then));
}

}  // namespace otp::bench
