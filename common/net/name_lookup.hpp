#pragma once

#include "common/async/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/system/result.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace otp::net {

// In the order of the system's resolver, each once.
using addresses = std::vector<boost::asio::ip::address>;

// One question to the system's resolver (getaddrinfo), which blocks: for 10 s and more where a name
// server is dead, and nothing cuts it short. Asio's own resolver has one thread a process, so that
// one dead name holds up all others, and waits for it where the process is to end. Here each name
// that is asked for has a thread of its own, and nobody waits for that: who asked may leave, and
// the thread ends by itself, if need be after the io_context.
//
// Who asks for a name that is asked for already gets the same answer, so that a dead name has one
// thread, however often it is tried. At most 8 names are looked up at once in a process: one more
// fails at once with host_not_found_try_again. A numeric address is its own answer and needs none.
//
// Copies share the question. For the thread that runs the executor, which is an io_context's own.
class name_lookup {
public:
    using result = boost::system::result<addresses>;
    struct question;

    // Asks.
    name_lookup(const boost::asio::any_io_executor& executor, const std::string& host);

    // Empty while it is under way.
    const std::optional<result>& answer() const noexcept;

    // The answer, or empty at `at` or upon leave(). This must outlive the call. Throws
    // operation_aborted where cancelled.
    boost::asio::awaitable<std::optional<result>> wait(deadline at) const;

    // Has those go on who wait here, not those at a copy.
    void leave();

private:
    std::shared_ptr<question> asked_;
    bool left_ = false;
};

}  // namespace otp::net
