#pragma once

#include <boost/system/result.hpp>

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;  // EVP_PKEY of OpenSSL

namespace otp {

// A key pair on the curve P-256 that signs by ES256 (RFC 7518, 3.4).
class proof_key {
public:
    // Reads PKCS#8 ("PRIVATE KEY") and SEC 1 ("EC PRIVATE KEY"). The error says what the text is
    // instead; it quotes nothing of it.
    static boost::system::result<proof_key, std::string> from_pem(
        std::string id,
        std::string_view pem
    );

    const std::string& id() const { return id_; }

    // The public point: 32 bytes each, big-endian.
    const std::string& x() const { return x_; }
    const std::string& y() const { return y_; }

    // The 64 bytes r ‖ s, of the text's SHA-256. Throws std::runtime_error where OpenSSL fails.
    std::string sign(std::string_view text) const;

private:
    struct free_key {
        void operator()(evp_pkey_st* key) const;
    };
    using handle = std::unique_ptr<evp_pkey_st, free_key>;

    proof_key(std::string id, handle key);

    std::string id_;
    handle key_;
    std::string x_;
    std::string y_;
};

}  // namespace otp
