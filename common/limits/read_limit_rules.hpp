#pragma once

#include "common/limits/limit_rules.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace otp {

// Whether a file holds nothing but these tables: then any other is a fault. In the program's own
// file the other ones are other readers' matter.
enum class limits_file { own, shared };

using read_rules = boost::system::result<limit_rules, std::vector<std::string>>;

// The rules that the tables [limits.*] and [abuse.*] of a TOML text set over the defaults; or
// everything that is wrong with them, a line for each fault, which names the key and what it must
// be.
read_rules parse_limit_rules(std::string_view toml, limits_file which = limits_file::own);

// The same of a file, whose name stands before each fault.
read_rules read_limit_rules(const std::string& path, limits_file which);

}  // namespace otp
