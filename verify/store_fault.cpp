#include "verify/store_fault.hpp"

#include "common/log/log.hpp"

namespace otp {

problem store_fault(std::string_view during, const postgres::error& why) {
    log::warning("database_unavailable").with("during", during).with("error", why.text());
    return store_unavailable();
}

}  // namespace otp
