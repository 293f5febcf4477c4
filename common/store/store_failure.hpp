#pragma once

#include "common/postgres/error.hpp"
#include "common/store/delivery_store.hpp"

namespace otp {

// What a failed statement means to those who use the store. 23505 counts as busy: two calls met
// over one new row, and asked again the second finds it.
store_error store_failure(const postgres::error& from);

}  // namespace otp
