#include "common/core/base64.hpp"

#include <openssl/evp.h>

#include <cstddef>

namespace otp {

secret base64(std::string_view bytes) {
    secret terminated =
        secret::of_size((bytes.size() + 2) / 3 * 4 + 1);  // OpenSSL ends it by a NUL
    const int size = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(terminated.bytes().data()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    return secret(terminated.reveal().substr(0, static_cast<std::size_t>(size)));
}

}  // namespace otp
