#pragma once

// toml++ for files that people write. Its parser asserts what a mistyped table header breaks
// ("[=]"), and where the assertion is away it reports that like any other fault: so without them.
// Under NDEBUG it would let the compiler assume what it asserts; hence without that, too.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace otp {

// What a TOML text says; or what is wrong with it, and in which line.
boost::system::result<toml::table, std::string> parse_toml(std::string_view text);

// A value as it would be written for an environment variable, a list with commas. Empty where it is
// no text, number, boolean or list of these.
std::optional<std::string> text_of(const toml::node& node);

}  // namespace otp
