#include "common/otp/hmac.hpp"

#include "common/otp/big_endian.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <stdexcept>

namespace otp {

namespace {

struct free_mac {
    void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

void require(bool done) {
    if (!done)
        throw std::runtime_error("OpenSSL cannot compute HMAC-SHA-256");
}

// One for each thread: making a context costs several times what using it does.
class hmac_context {
public:
    hmac_context()
        : mac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr)),
          context_(EVP_MAC_CTX_new(mac_.get())) {
        require(context_ != nullptr);
        char digest[] = "SHA256";
        const OSSL_PARAM options[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
            OSSL_PARAM_construct_end()};
        require(EVP_MAC_CTX_set_params(context_.get(), options) == 1);
    }

    void start(std::string_view key) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
        require(EVP_MAC_init(context_.get(), bytes, key.size(), nullptr) == 1);
    }

    void add(const void* bytes, std::size_t size) {
        require(
            EVP_MAC_update(context_.get(), static_cast<const unsigned char*>(bytes), size) == 1
        );
    }

    void finish(std::span<std::uint8_t> result) {
        std::size_t written = 0;
        require(EVP_MAC_final(context_.get(), result.data(), &written, result.size()) == 1);
        require(written == result.size());
        // The context still holds the result, from which a code could be read: starting over wipes
        // it.
        require(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1);
    }

private:
    std::unique_ptr<EVP_MAC, free_mac> mac_;
    std::unique_ptr<EVP_MAC_CTX, free_mac> context_;
};

}  // namespace

std::array<std::uint8_t, 32> hmac_fields(
    const secret& key,
    std::initializer_list<std::string_view> fields
) {
    thread_local hmac_context context;
    context.start(key.reveal());
    for (const auto field : fields) {
        const auto size = big_endian(static_cast<std::uint32_t>(field.size()));
        context.add(size.data(), size.size());
        context.add(field.data(), field.size());
    }
    std::array<std::uint8_t, 32> result;
    context.finish(result);
    return result;
}

}  // namespace otp
