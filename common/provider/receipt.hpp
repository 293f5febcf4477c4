#pragma once

#include "common/core/channel.hpp"
#include "common/provider/outcome.hpp"

#include <string_view>

namespace otp {

enum class receipt_status {
    ignored,      // says nothing about this attempt's end, or is not known: kept as an event only
    accepted,     // on its way
    delivered,    // on the handset, or opened
    undelivered,  // will not arrive
};

// The word that the database keeps and that metrics show.
std::string_view to_string(receipt_status status);

// What a delivery receipt says. The fault and the two permissions mean something for `undelivered`
// only.
struct receipt_meaning {
    receipt_status status = receipt_status::ignored;
    fault why = fault::none;
    bool fail_over = false;
    bool switch_channel = false;

    bool operator==(const receipt_meaning&) const = default;
};

// Reads a provider's status word and error code, by the same tables as its answers. `error_code` is
// the text the receipt brought, empty for none; a word or code nobody knows is harmless. Receipts
// come late, twice and out of order: which one counts is decided where they are stored.
receipt_meaning classify_receipt(
    std::string_view provider,
    channel by,
    std::string_view status,
    std::string_view error_code
);

}  // namespace otp
