#include "ctl/keys/new_key.hpp"

#include "common/core/ascii.hpp"
#include "common/core/hex.hpp"
#include "common/core/random.hpp"
#include "ctl/bio_handle.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

namespace otp {

namespace {

struct free_key {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};

}  // namespace

secret new_key_entry(std::string_view id) {
    std::array<std::uint8_t, 32> bytes{};
    fill_random(bytes);
    auto entry = secret::of_size(id.size() + 1 + 2 * bytes.size());
    auto* to = std::copy(id.begin(), id.end(), entry.bytes().data());
    *to++ = ':';
    for (const auto byte : bytes) {
        *to++ = hex_digits[byte >> 4];
        *to++ = hex_digits[byte & 15];
    }
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return entry;
}

std::string new_key_id(std::string_view day) {
    std::string id = "k";
    for (const char c : day.substr(0, 10))
        if (c != '-')
            id += c;
    std::array<std::uint8_t, 4> bytes{};
    fill_random(bytes);
    return id + "-" + to_hex(bytes);
}

bool lists_key_id(std::string_view list, std::string_view id) {
    for (std::size_t at = 0; at < list.size();) {
        const auto end = std::min(list.find(',', at), list.size());
        const auto entry = trimmed(list.substr(at, end - at), " \t\r\n");
        if (entry.substr(0, entry.find(':')) == id)
            return true;
        at = end + 1;
    }
    return false;
}

secret new_proof_key() {
    const std::unique_ptr<EVP_PKEY, free_key> key(EVP_EC_gen("P-256"));
    const bio_handle out(BIO_new(BIO_s_secmem()));
    if (!key || !out ||
        PEM_write_bio_PKCS8PrivateKey(
            out.get(),
            key.get(),
            nullptr,
            nullptr,
            0,
            nullptr,
            nullptr
        ) != 1)
        throw std::runtime_error("OpenSSL made no P-256 key");
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return secret(std::string_view(text, static_cast<std::size_t>(size)));
}

}  // namespace otp
