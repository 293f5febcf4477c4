#pragma once

#include "common/amqp/publisher.hpp"
#include "common/store/receipt_store.hpp"
#include "worker/page_by_page.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// Tells the outcomes of receipts that nobody has told within 10 s: those of an otp-verify that
// died, and of receipts that were matched in the tables. Several processes may sweep. Runs until
// cancelled.
boost::asio::awaitable<void> sweep_untold_events(
    receipt_store& store,
    amqp::publisher& publisher,
    sweep_pace pace = {}
);

}  // namespace otp
