#include "tests/bench/small_server.hpp"

#include "common/http/url.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <stdexcept>
#include <utility>

namespace otp::bench {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t read_step = 4096;

// Stream is a tcp::socket or TLS over one.
template <class Stream>
class link_on final : public link, public std::enable_shared_from_this<link_on<Stream>> {
public:
    link_on(Stream stream, const on_request& handle)
        : stream_(std::move(stream)),
          handle_(handle) {}

    Stream& stream() { return stream_; }

    void read() {
        stream_.async_read_some(
            asio::buffer(room_),
            [self = this->shared_from_this()](error_code error, std::size_t count) {
                if (!error)
                    self->take(count);
            }
        );
    }

    void answer(std::string_view bytes) override {
        waiting_.append(bytes);
        if (being_written_.empty())
            write();
    }

private:
    void take(std::size_t count) {
        unread_.append(room_.data(), count);
        std::string_view rest = unread_;
        for (auto next = read_message(rest); next.size != 0; next = read_message(rest)) {
            handle_(this->shared_from_this(), next);
            rest.remove_prefix(next.size);
        }
        unread_.erase(0, unread_.size() - rest.size());
        read();
    }

    // asio::async_write tries at once, which on loopback is nearly always all there is to do.
    void write() {
        being_written_.swap(waiting_);
        asio::async_write(
            stream_,
            asio::buffer(being_written_),
            [self = this->shared_from_this()](error_code error, std::size_t) {
                self->being_written_.clear();
                if (!error && !self->waiting_.empty())
                    self->write();
            }
        );
    }

    Stream stream_;
    const on_request& handle_;
    std::array<char, read_step> room_;
    std::string unread_;
    std::string waiting_;
    std::string being_written_;
};

using plain_link = link_on<tcp::socket>;
using tls_link = link_on<asio::ssl::stream<tcp::socket>>;

void start_tls(tcp::socket socket, asio::ssl::context& context, const on_request& handle) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), context);
    auto made = std::make_shared<tls_link>(std::move(stream), handle);
    made->stream().async_handshake(asio::ssl::stream_base::server, [made](error_code error) {
        if (!error)
            made->read();
    });
}

}  // namespace

small_server::small_server(
    asio::any_io_executor executor,
    const std::string& address,
    std::optional<asio::ssl::context> tls,
    on_request handle
)
    : executor_(executor),
      tls_(std::move(tls)),
      handle_(std::move(handle)),
      acceptor_(executor) {
    const auto where = http::parse_host_and_port(address);
    if (!where)
        throw std::invalid_argument("'" + address + "' is not address:port");
    const tcp::endpoint endpoint(asio::ip::make_address(where->host), where->port);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen(4096);
    accept();
}

std::string small_server::address() const {
    const auto bound = acceptor_.local_endpoint();
    return bound.address().to_string() + ":" + std::to_string(bound.port());
}

void small_server::accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
        if (!error) {
            socket.set_option(tcp::no_delay(true), error);
            if (tls_)
                start_tls(std::move(socket), *tls_, handle_);
            else
                std::make_shared<plain_link>(std::move(socket), handle_)->read();
        }
        accept();
    });
}

}  // namespace otp::bench
