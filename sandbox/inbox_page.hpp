#pragma once

#include <string>

namespace otp::sandbox {

// The inbox for people: one HTML page without outside parts that asks /inbox for news every second.
std::string inbox_page();

}  // namespace otp::sandbox
