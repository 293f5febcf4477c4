#include "verify/proof/proof_key.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

namespace otp {

namespace {

struct release {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(ECDSA_SIG* pair) const { ECDSA_SIG_free(pair); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

template <class T>
using owned = std::unique_ptr<T, release>;

constexpr int number_size = 32;

void require(bool done) {
    if (!done)
        throw std::runtime_error("OpenSSL cannot sign by ES256");
}

// Without it OpenSSL would ask the terminal. Notes that it was asked.
int give_no_passphrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

bool is_on_p256(EVP_PKEY* key) {
    char name[64] = "";
    std::size_t size = 0;
    return EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_group_name(key, name, sizeof name, &size) == 1 &&
           std::string_view(name, size) == SN_X9_62_prime256v1;
}

// Whether public and private half belong together: what a hand-made file may get wrong.
bool is_sound(EVP_PKEY* key) {
    const owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    return context != nullptr && EVP_PKEY_check(context.get()) == 1;
}

std::string bytes_of(const BIGNUM* number) {
    std::array<unsigned char, number_size> bytes;
    require(BN_bn2binpad(number, bytes.data(), number_size) == number_size);
    return {bytes.begin(), bytes.end()};
}

std::string coordinate_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* found = nullptr;
    require(EVP_PKEY_get_bn_param(key, name, &found) == 1);
    const owned<BIGNUM> number(found);
    return bytes_of(number.get());
}

std::vector<unsigned char> der_signature(EVP_PKEY* key, std::string_view text) {
    const owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    require(context != nullptr);
    require(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1);
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    require(EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1);
    std::vector<unsigned char> der(size);
    require(EVP_DigestSign(context.get(), der.data(), &size, bytes, text.size()) == 1);
    der.resize(size);
    return der;
}

}  // namespace

void proof_key::free_key::operator()(evp_pkey_st* key) const {
    EVP_PKEY_free(key);
}

proof_key::proof_key(std::string id, handle key)
    : id_(std::move(id)),
      key_(std::move(key)),
      x_(coordinate_of(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X)),
      y_(coordinate_of(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y)) {}

boost::system::result<proof_key, std::string> proof_key::from_pem(
    std::string id,
    std::string_view pem
) {
    const owned<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    require(text != nullptr);
    bool passphrase_asked = false;
    handle key(PEM_read_bio_PrivateKey(text.get(), nullptr, give_no_passphrase, &passphrase_asked));
    // What failed here is told by our own words; it must not be found by a later call of OpenSSL.
    ERR_clear_error();
    if (passphrase_asked)
        return std::string("is encrypted");
    if (!key)
        return std::string("holds no private key in PEM");
    if (!is_on_p256(key.get()))
        return std::string("holds a key of another kind");
    if (!is_sound(key.get())) {
        ERR_clear_error();
        return std::string("holds a public key that is not that of the private one");
    }
    return proof_key(std::move(id), std::move(key));
}

// OpenSSL signs in DER; JOSE wants the two numbers as they are.
std::string proof_key::sign(std::string_view text) const {
    const auto der = der_signature(key_.get(), text);
    const auto* at = der.data();
    const owned<ECDSA_SIG> pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    require(pair != nullptr);
    return bytes_of(ECDSA_SIG_get0_r(pair.get())) + bytes_of(ECDSA_SIG_get0_s(pair.get()));
}

}  // namespace otp
