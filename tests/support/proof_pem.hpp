#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <stdexcept>
#include <string>

// Keys in PEM, made on the spot by OpenSSL.
namespace otp::test {

struct release_openssl {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};

using openssl_key = std::unique_ptr<EVP_PKEY, release_openssl>;

inline openssl_key new_ec_key(const char* curve = "P-256") {
    return openssl_key(EVP_EC_gen(curve));
}

inline openssl_key new_ed25519_key() {
    return openssl_key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

// What `write` puts in a BIO.
template <class Write>
std::string pem_text(Write write) {
    const std::unique_ptr<BIO, release_openssl> out(BIO_new(BIO_s_mem()));
    if (write(out.get()) != 1)
        throw std::runtime_error("OpenSSL writes no PEM");
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

inline std::string pkcs8(const openssl_key& key) {
    return pem_text([&](BIO* out) {
        return PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

inline std::string sec1(const openssl_key& key) {
    return pem_text([&](BIO* out) {
        return PEM_write_bio_PrivateKey_traditional(
            out,
            key.get(),
            nullptr,
            nullptr,
            0,
            nullptr,
            nullptr
        );
    });
}

inline std::string encrypted(const openssl_key& key) {
    return pem_text([&](BIO* out) {
        char passphrase[] = "secret";
        return PEM_write_bio_PKCS8PrivateKey(
            out,
            key.get(),
            EVP_aes_128_cbc(),
            passphrase,
            6,
            nullptr,
            nullptr
        );
    });
}

inline std::string public_half(const openssl_key& key) {
    return pem_text([&](BIO* out) { return PEM_write_bio_PUBKEY(out, key.get()); });
}

}  // namespace otp::test
