#pragma once

#include <string>

namespace otp {

// "203.0.113.0/24" or "2001:db8::/64": who has one address of these has them all. As network_of
// of migrations/0018_abuse.sql writes it; empty for what is no address. Jobs and peers have no IPv4
// written as IPv6 ("::ffff:203.0.113.9"), whose network would be everybody's.
std::string network_prefix(const std::string& address);

}  // namespace otp
