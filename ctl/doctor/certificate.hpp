#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace otp {

struct certificate {
    std::string subject;
    std::chrono::system_clock::time_point valid_from;
    std::chrono::system_clock::time_point valid_to;
};

// All of a PEM file, in their order. The error says what is wrong with the file.
boost::system::result<std::vector<certificate>, std::string> read_certificates(
    const std::string& path
);

// Whether the first certificate of the file is for that host.
bool is_for_host(const std::string& path, const std::string& host);

}  // namespace otp
