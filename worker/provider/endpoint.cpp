#include "worker/provider/endpoint.hpp"

#include <algorithm>

namespace otp {

namespace {

std::size_t scheme_size(std::string_view url) {
    for (const std::string_view scheme : {"http://", "https://"})
        if (url.starts_with(scheme))
            return scheme.size();
    return 0;
}

bool is_visible(char c) {
    return c > ' ' && c < '\x7f' && c != '?' && c != '#' && c != '"' && c != '<' && c != '>';
}

}  // namespace

std::optional<endpoint> parse_endpoint(std::string_view url) {
    const std::size_t scheme = scheme_size(url);
    if (scheme == 0 || !std::ranges::all_of(url, is_visible))
        return std::nullopt;
    const std::size_t slash = std::min(url.find('/', scheme), url.size());
    const std::string_view authority = url.substr(scheme, slash - scheme);
    if (authority.empty() || authority.front() == ':' ||
        authority.find('@') != std::string_view::npos)
        return std::nullopt;
    std::string_view path = url.substr(slash);
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return endpoint{std::string(url.substr(0, slash)), std::string(path)};
}

}  // namespace otp
