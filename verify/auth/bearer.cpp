#include "verify/auth/bearer.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace otp {

std::optional<std::string_view> bearer_key(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    const auto same = [](char given, char lower) {
        return given == lower || (given >= 'A' && given <= 'Z' && given - 'A' + 'a' == lower);
    };
    if (authorization.size() <= scheme.size() ||
        !std::equal(scheme.begin(), scheme.end(), authorization.begin(), [same](char l, char g) {
            return same(g, l);
        }))
        return std::nullopt;
    auto key = authorization.substr(scheme.size());
    key.remove_prefix(std::min(key.find_first_not_of(' '), key.size()));
    key = key.substr(0, key.find_last_not_of(' ') + 1);
    if (key.empty() || key.find(' ') != std::string_view::npos)
        return std::nullopt;
    return key;
}

key_hash hash_key(std::string_view key) {
    key_hash hash{};
    unsigned size = 0;
    const int done = EVP_Digest(key.data(), key.size(), hash.data(), &size, EVP_sha256(), nullptr);
    if (done != 1 || size != hash.size())
        throw std::runtime_error("OpenSSL computes no SHA-256");
    return hash;
}

}  // namespace otp
