#pragma once

#include "common/http/server.hpp"
#include "common/store/cancel_store.hpp"
#include "verify/auth/caller.hpp"
#include "verify/check/settled_events.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// DELETE /v1/verifications/{id}
boost::asio::awaitable<http::server_answer> cancel_verification(
    postgres::pool& database,
    settled_events& events,
    const http::server_request& request,
    const caller& who
);

// 200 where it is canceled, now or before; else 410 with what it was settled with.
http::server_answer canceled_answer(const uuid& id, const canceled_verification& became);

}  // namespace otp
