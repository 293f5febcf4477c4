#include "worker/delivery/trouble_log.hpp"

namespace otp {

namespace {

bool concerns_operator(fault why) {
    return why == fault::config || why == fault::account || why == fault::temporary ||
           why == fault::doubt;
}

}  // namespace

bool trouble_log::is_due(const lane& where, const outcome& end, time_point now) {
    if (!concerns_operator(end.why))
        return false;
    // What is older than the pause says nothing any more; without this, codes would gather.
    std::erase_if(told_, [now](const auto& one) { return now - one.second >= pause; });
    return told_.emplace(std::tuple(where.provider, where.by, end.error_code), now).second;
}

}  // namespace otp
