#pragma once

#include "common/metrics/metrics.hpp"

namespace otp {

// What every program shows of itself: its version, what the process uses, and how much it logs. To
// be called once.
void show_process(metrics& in);

}  // namespace otp
