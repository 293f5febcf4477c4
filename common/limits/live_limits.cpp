#include "common/limits/live_limits.hpp"

#include "common/core/country_code.hpp"
#include "common/limits/show_rules.hpp"

#include <utility>

namespace otp {

namespace {

std::vector<std::string> read_countries(settings& from) {
    auto countries = from.list("OTP_COUNTRIES");
    for (const auto& code : countries)
        if (!is_country_code(code))
            from.fault("OTP_COUNTRIES", "must be countries' ISO 3166 codes, such as GB,DE");
    return countries;
}

}  // namespace

live_limits::live_limits(std::string path, limits_file which, std::vector<std::string> countries)
    : path_(std::move(path)),
      which_(which),
      countries_(std::move(countries)) {
    put_countries();
}

void live_limits::put_countries() {
    if (!countries_.empty())
        rules_.countries.allowed = {countries_.begin(), countries_.end()};
}

std::vector<std::string> live_limits::load() {
    if (path_.empty())
        return {};
    auto read = read_limit_rules(path_, which_);
    if (!read)
        return read.error();
    rules_ = std::move(*read);
    put_countries();
    return {};
}

live_limits read_live_limits(settings& from) {
    auto path = from.text("OTP_LIMITS");
    const auto which = path.empty() ? limits_file::shared : limits_file::own;
    if (path.empty())
        path = from.file_path();
    live_limits limits(std::move(path), which, read_countries(from));
    for (auto& fault : limits.load())
        from.add_fault(std::move(fault));
    show_rules(from, limits.rules());
    return limits;
}

}  // namespace otp
