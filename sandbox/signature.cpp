#include "sandbox/signature.hpp"

#include "sandbox/base64.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <stdexcept>

namespace otp::sandbox {

std::string twilio_signature(
    std::string_view auth_token,
    std::string_view url,
    const fields& parameters
) {
    fields sorted = parameters;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    std::string signed_text(url);
    for (const auto& [name, value] : sorted)
        (signed_text += name) += value;

    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const auto* done = HMAC(
        EVP_sha1(),
        auth_token.data(),
        static_cast<int>(auth_token.size()),
        reinterpret_cast<const unsigned char*>(signed_text.data()),
        signed_text.size(),
        digest,
        &size
    );
    if (done == nullptr)
        throw std::runtime_error("OpenSSL computes no HMAC-SHA-1");
    return base64({reinterpret_cast<const char*>(digest), size});
}

}  // namespace otp::sandbox
