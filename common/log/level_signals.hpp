#pragma once

#include "common/log/log.hpp"

namespace otp::log {

// From now on SIGUSR1 makes the log tell everything, down to debug, and SIGUSR2 makes it tell what
// was configured. The next line says that it was changed.
void change_level_by_signal(level configured);

}  // namespace otp::log
