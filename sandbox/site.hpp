#pragma once

#include "common/http/server.hpp"
#include "common/metrics/metrics.hpp"
#include "sandbox/answer.hpp"
#include "sandbox/ids.hpp"
#include "sandbox/inbox.hpp"
#include "sandbox/receipt_sender.hpp"
#include "sandbox/sandbox_metrics.hpp"
#include "sandbox/settings.hpp"
#include "sandbox/twilio_messages.hpp"
#include "sandbox/twilio_verify.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>

namespace otp::sandbox {

// What the sandbox serves: the providers and the inbox. Puts effect to what the pure parts
// decide: waits, faults of the line, the inbox, receipts.
class site {
public:
    // `receipts` must outlive it.
    site(sandbox_settings settings, receipt_sender& receipts, std::uint64_t seed);

    // The routes refer to this object.
    http::router routes();

    // Errors of the server itself, in Twilio's shape.
    static http::server_answer error_body(unsigned status, std::string_view detail);

private:
    using served = boost::asio::awaitable<http::server_answer>;

    served send(service by, http::server_request& what);
    served show_inbox(http::server_request& what);
    served show_page(http::server_request& what);
    served show_metrics(http::server_request& what);
    served fetch(http::server_request& what);
    served list(http::server_request& what);
    served fetch_verification(http::server_request& what);
    served end_verification(http::server_request& what);

    reply ask(service by, const http::server_request& what);
    bool happens(double rate) { return rate > 0 && ids_.share() < rate; }

    sandbox_settings settings_;
    receipt_sender& receipts_;
    ids ids_;
    inbox inbox_;
    twilio_verify verify_;
    twilio_messages twilio_;
    metrics numbers_;
    sandbox_metrics counts_{numbers_};
    bool half_next_ = false;  // cut answers are by turns cut whole and in the middle
};

}  // namespace otp::sandbox
