#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace otp::bench {

// Asks one HTTP server over kept-alive connections, one request at a time on each; for one thread,
// by callbacks. A connection that fails ends the program by an exception: nothing is wrong on
// loopback unless the server is.
class small_client {
public:
    using on_answer = std::function<void(unsigned status, std::string_view body)>;

    small_client(boost::asio::any_io_executor executor, const std::string& address);
    ~small_client();

    // Dials so many now, which otherwise happens in the middle of a load.
    void dial(std::size_t count);

    // `request`: head and body as they go over the wire. Takes the connection used last, or dials
    // one where all are busy: who asks bounds how many there are.
    void ask(std::string_view request, on_answer then);

private:
    class line;

    boost::asio::any_io_executor executor_;
    boost::asio::ip::tcp::endpoint to_;
    std::vector<std::unique_ptr<line>> lines_;
    std::vector<line*> idle_;
};

}  // namespace otp::bench
