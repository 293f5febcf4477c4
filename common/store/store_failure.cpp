#include "common/store/store_failure.hpp"

#include "common/store/despite_races.hpp"

namespace otp {

store_error store_failure(const postgres::error& from) {
    using kind = store_error::kind;
    if (from.what() != postgres::error::kind::server)
        return {kind::unavailable, from.text()};
    if (lost_a_race(from))
        return {kind::busy, from.text()};
    const std::string_view state = from.sqlstate();
    // Classes 08, 53, 55, 57, 58 and 25006: the server is going down, full, locked, failed by its
    // machine, or a standby now.
    if (state.starts_with("08") || state.starts_with("53") || state.starts_with("55") ||
        state.starts_with("57") || state.starts_with("58") || state == "25006")
        return {kind::unavailable, from.text()};
    if (state.starts_with("22") || state.starts_with("23"))
        return {kind::data, from.text()};
    return {kind::bug, from.text()};
}

}  // namespace otp
