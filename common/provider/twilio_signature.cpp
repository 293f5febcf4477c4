#include "common/provider/twilio_signature.hpp"

#include "common/core/base64.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace otp {

namespace {

constexpr std::size_t sha1_size = 20;

std::string signed_text(std::string_view url, http::form parameters) {
    std::sort(parameters.begin(), parameters.end());
    parameters.erase(std::unique(parameters.begin(), parameters.end()), parameters.end());
    std::string text(url);
    for (const auto& [name, value] : parameters)
        (text += name) += value;
    return text;
}

}  // namespace

std::string twilio_signature(
    std::string_view auth_token,
    std::string_view url,
    const http::form& parameters
) {
    const auto text = signed_text(url, parameters);
    std::array<unsigned char, sha1_size> digest{};
    unsigned size = 0;
    const auto* done = HMAC(
        EVP_sha1(),
        auth_token.data(),
        static_cast<int>(auth_token.size()),
        reinterpret_cast<const unsigned char*>(text.data()),
        text.size(),
        digest.data(),
        &size
    );
    if (done == nullptr || size != sha1_size)
        throw std::runtime_error("OpenSSL computes no HMAC-SHA-1");
    const secret written = base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
    return std::string(written.reveal());
}

}  // namespace otp
