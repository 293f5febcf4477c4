#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// The programs, as the table of settings has them.
enum class setting_reader : char { worker = 'W', verify = 'V', otpctl = 'C', sandbox = 'S' };

// One setting of the product. Programs share one file, so each knows all names and reads its own.
struct known_setting {
    // Of the environment variable; in TOML in lower case, as a flag with dashes. One with dots
    // stands in a table of the TOML file, and nowhere else. COUNTRY in it stands for every country.
    std::string_view name;
    std::string_view read_by;  // a letter for each `setting_reader`
    std::string_view help;
    bool is_secret = false;
};

std::span<const known_setting> known_settings();
std::vector<known_setting> settings_of(setting_reader who);
const known_setting* find_setting(std::string_view name);

// The names by which a value may be given: of every setting, and of a secret also NAME_FILE, the
// path of a file that holds it.
std::vector<std::string> given_names();

// "provider.twilio.sms.in_flight": a key of a table of the TOML file, and nothing else.
bool is_in_table(std::string_view name);

// "routes.IN.sms": a setting of one country, by its ISO 3166 code.
bool is_route(std::string_view name);

std::string toml_key(std::string_view name);   // AMQP_URL -> amqp_url
std::string flag_name(std::string_view name);  // AMQP_URL -> --amqp-url

// The known name that takes the fewest edits to reach from `name` (written like the given
// candidates).
std::string nearest(std::string_view name, std::span<const std::string> candidates);

}  // namespace otp
