#include "common/limits/live_limits.hpp"

#include "common/config/toml.hpp"
#include "common/core/country_code.hpp"
#include "common/core/whole_file.hpp"
#include "common/limits/read_limit_rules.hpp"
#include "common/limits/show_rules.hpp"

#include <utility>

namespace otp {

namespace {

// Sound or not: whoever wrote them there wants them to hold.
bool has_rules(const std::string& path) {
    const auto table = parse_toml(whole_file(path).value_or(""));
    return table && (table->contains("limits") || table->contains("abuse"));
}

void read_countries(settings& from, limit_rules& into) {
    const auto countries = from.list("OTP_COUNTRIES");
    for (const auto& code : countries)
        if (!is_country_code(code))
            from.fault("OTP_COUNTRIES", "must be countries' ISO 3166 codes, such as GB,DE");
    if (!countries.empty())
        into.countries.allowed = {countries.begin(), countries.end()};
}

}  // namespace

live_limits read_live_limits(settings& from) {
    live_limits all;
    const auto own = from.text("OTP_LIMITS");
    const auto& shared = from.file_path();
    all.file = own.empty() ? shared : own;
    if (!own.empty() && own != shared && has_rules(shared))
        from.add_fault(
            "limits stand in two files: " + own +
            ", which OTP_LIMITS names, and tables [limits] or"
            " [abuse] of " +
            shared + "; keep those of one"
        );
    if (!all.file.empty()) {
        auto read =
            read_limit_rules(all.file, own.empty() ? limits_file::shared : limits_file::own);
        if (read)
            all.rules = std::move(*read);
        else
            for (const auto& fault : read.error())
                from.add_fault(fault);
    }
    read_countries(from, all.rules);
    show_rules(from, all.rules);
    return all;
}

bool is_of_limits(std::string_view setting) {
    return setting == "OTP_LIMITS" || setting == "OTP_COUNTRIES";
}

}  // namespace otp
