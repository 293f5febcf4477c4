// The operator's file of limits: not an outsider's, but read again while the program runs.
#include "common/limits/read_limit_rules.hpp"
#include "tests/fuzz/fuzz_target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace otp;
    using otp::fuzz::must;
    const auto rules = parse_limit_rules(otp::fuzz::text_of(data, size));
    if (!rules) {
        must(!rules.error().empty(), "a file that is refused has a fault");
        return 0;
    }
    must(rules->number.per_10_minutes >= 1 && rules->number.per_day >= 1, "a limit is at least 1");
    must(rules->client_ip.per_hour >= 1 && rules->user.per_hour >= 1, "a limit is at least 1");
    for (const auto& [name, rate] : rules->tenant.of)
        must(rate.burst >= 1 && rate.per_second > 0, "a rate lets something pass");
    return 0;
}
