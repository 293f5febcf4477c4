#include "verify/proof/proof_signer.hpp"

#include "common/core/base64url.hpp"
#include "common/json/json_writer.hpp"

namespace otp {

namespace {

std::string header_of(const proof_key& key) {
    json_writer header;
    // A type of its own, so that no other token of an app passes for a proof (RFC 8725, 3.11).
    header.member("typ", "otp-proof+jwt").member("alg", "ES256").member("kid", key.id());
    return header.take();
}

std::string payload_of(const proof_claims& claims) {
    const auto issued = std::chrono::floor<std::chrono::seconds>(claims.at.time_since_epoch());
    json_writer payload;
    payload.member("iss", claims.issuer).member("aud", claims.tenant);
    payload.member("sub", claims.number).member("purpose", claims.purpose);
    payload.member("vid", to_string(claims.verification_id));
    payload.member("iat", issued.count()).member("exp", (issued + proof_life).count());
    payload.member("jti", to_string(claims.proof_id));
    return payload.take();
}

}  // namespace

std::string sign_proof(const proof_key& key, const proof_claims& claims) {
    auto token = base64url(header_of(key)) + "." + base64url(payload_of(claims));
    const auto signature = key.sign(token);
    return token + "." + base64url(signature);
}

}  // namespace otp
