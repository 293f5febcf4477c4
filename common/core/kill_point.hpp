#pragma once

#include <string_view>

namespace otp {

// A place where tests stop a process. In a build with the CMake option OTP_KILL_POINTS it dies
// here, as by kill -9, where the environment's OTP_KILL_AT names the place: "name", "name:3" for
// the third time it is passed, "name:3:stop" to be suspended instead. In every other build nothing
// is here.
#ifdef OTP_KILL_POINTS
void kill_point(std::string_view name);
#else
inline void kill_point(std::string_view) {}
#endif

}  // namespace otp
