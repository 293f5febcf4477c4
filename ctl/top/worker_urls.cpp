#include "ctl/top/worker_urls.hpp"

#include "common/config/program.hpp"
#include "common/http/url.hpp"

#include <sstream>

namespace otp {

std::vector<std::string> worker_urls(const flags& given) {
    std::vector<std::string> urls;
    std::istringstream list(given.text("--workers"));
    for (std::string one; std::getline(list, one, ',');) {
        if (one.find("://") == std::string::npos)
            one.insert(0, "http://");
        const auto parsed = http::parse_url(one);
        if (!parsed)
            throw exit_with(exit_code::usage, "--workers: " + parsed.error().text);
        urls.push_back(parsed->origin());
    }
    return urls;
}

}  // namespace otp
