#pragma once

#include "common/core/uuid.hpp"

#include <cstdint>
#include <span>

namespace otp {

// Bytes from the kernel's generator, fit for keys. Throws std::system_error where it has none.
void fill_random(std::span<std::uint8_t> bytes);

// A fresh time-ordered id.
uuid new_uuid();

// Evenly in [0, 1), for jitter; not for secrets.
double random_fraction();

}  // namespace otp
