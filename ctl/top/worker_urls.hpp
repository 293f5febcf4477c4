#pragma once

#include "ctl/flags.hpp"

#include <string>
#include <vector>

namespace otp {

// The URLs of --workers, where "127.0.0.1:9464" may stand for "http://127.0.0.1:9464". Throws
// exit_with usage for what is no URL.
std::vector<std::string> worker_urls(const flags& given);

}  // namespace otp
