#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace otp::sandbox {

// Ids in the providers' shapes. They are no secrets, so an ordinary generator will do.
class ids {
public:
    explicit ids(std::uint64_t seed) : random_(seed) {}

    std::string sid(std::string_view prefix);  // Twilio: SM and 32 hex digits
    std::string uuid();                        // Gupshup WhatsApp
    std::string gateway_id();                  // Gupshup SMS: 19 digits, a dash, 18 digits

    // Evenly in [0, 1).
    double share() { return std::uniform_real_distribution<double>(0, 1)(random_); }

private:
    std::string hex(std::size_t digits);
    std::string decimal(std::size_t digits);

    std::mt19937_64 random_;
};

}  // namespace otp::sandbox
