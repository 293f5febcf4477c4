#include "verify/proof/jwks.hpp"

#include "common/core/base64url.hpp"
#include "common/json/json_writer.hpp"

namespace otp {

std::string jwks_of(const std::vector<proof_key>& keys) {
    json_writer set;
    set.open_array("keys");
    for (const auto& key : keys) {
        set.open_object();
        set.member("kty", "EC").member("crv", "P-256");
        set.member("x", base64url(key.x())).member("y", base64url(key.y()));
        set.member("kid", key.id()).member("use", "sig").member("alg", "ES256");
        set.close_object();
    }
    set.close_array();
    return set.take();
}

http::server_answer jwks_answer(const std::vector<proof_key>& keys) {
    http::server_answer answer;
    answer.body = jwks_of(keys);
    const auto age = std::to_string(jwks_age.count());
    answer.headers.emplace_back("Cache-Control", "public, max-age=" + age);
    return answer;
}

}  // namespace otp
