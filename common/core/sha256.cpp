#include "common/core/sha256.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace otp {

sha256_digest sha256(std::string_view bytes) {
    sha256_digest digest{};
    unsigned size = 0;
    const int done =
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
    if (done != 1 || size != digest.size())
        throw std::runtime_error("OpenSSL computes no SHA-256");
    return digest;
}

}  // namespace otp
