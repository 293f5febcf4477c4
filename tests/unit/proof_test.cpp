#include "common/core/base64url.hpp"
#include "tests/support/proof_pem.hpp"
#include "verify/proof/jwks.hpp"
#include "verify/proof/proof_signer.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <rapidjson/document.h>

#include <array>
#include <string>
#include <vector>

using namespace otp;
using namespace std::chrono_literals;

namespace {

using json = rapidjson::Document;

constexpr auto moment = std::chrono::system_clock::time_point(1'763'634'930'250ms);

proof_key new_key(std::string id) {
    auto key = proof_key::from_pem(std::move(id), test::pkcs8(test::new_ec_key()));
    BOOST_TEST_REQUIRE(key.has_value());
    return std::move(*key);
}

proof_claims claims() {
    return {
        "otp-verify",
        "acme",
        "+14155550100",
        "login",
        *parse_uuid("018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f"),
        *parse_uuid("018f6f5e-7d3c-7a43-9d0f-000000000001"),
        moment};
}

json parsed(std::string_view text) {
    json document;
    document.Parse(text.data(), text.size());
    BOOST_TEST_REQUIRE(!document.HasParseError());
    return document;
}

// Header, payload and signature, decoded.
std::array<std::string, 3> parts_of(const std::string& token) {
    const auto first = token.find('.');
    const auto second = token.find('.', first + 1);
    const std::array<std::string, 3> written{
        token.substr(0, first),
        token.substr(first + 1, second - first - 1),
        token.substr(second + 1)};
    std::array<std::string, 3> parts;
    for (std::size_t i = 0; i < parts.size(); ++i)
        parts[i] = base64url_decoded(written[i]).value();
    return parts;
}

// What follows knows of the key only what the set says, and uses none of the code under test.

test::openssl_key public_key(const rapidjson::Value& jwk) {
    const auto x = base64url_decoded(jwk["x"].GetString()).value();
    const auto y = base64url_decoded(jwk["y"].GetString()).value();
    BOOST_TEST_REQUIRE(x.size() == 32U);
    BOOST_TEST_REQUIRE(y.size() == 32U);
    std::string point = "\x04" + x + y;
    char group[] = "P-256";
    OSSL_PARAM values[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_end()};
    EVP_PKEY* key = nullptr;
    auto* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
    EVP_PKEY_fromdata_init(context);
    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, values);
    EVP_PKEY_CTX_free(context);
    BOOST_TEST_REQUIRE((key != nullptr));
    return test::openssl_key(key);
}

std::vector<unsigned char> der_of(const std::string& raw) {
    BOOST_TEST_REQUIRE(raw.size() == 64U);
    const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
    auto* pair = ECDSA_SIG_new();
    ECDSA_SIG_set0(pair, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
    unsigned char* text = nullptr;
    const auto size = i2d_ECDSA_SIG(pair, &text);
    std::vector<unsigned char> der(text, text + size);
    OPENSSL_free(text);
    ECDSA_SIG_free(pair);
    return der;
}

bool verifies(const std::string& token, const std::string& jwks) {
    const auto kid = std::string(parsed(parts_of(token)[0])["kid"].GetString());
    const auto set = parsed(jwks);
    const auto signature = der_of(parts_of(token)[2]);
    const auto text = token.substr(0, token.rfind('.'));
    for (const auto& jwk : set["keys"].GetArray()) {
        if (jwk["kid"].GetString() != kid)
            continue;
        const auto key = public_key(jwk);
        auto* context = EVP_MD_CTX_new();
        EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key.get());
        const int verdict = EVP_DigestVerify(
            context,
            signature.data(),
            signature.size(),
            reinterpret_cast<const unsigned char*>(text.data()),
            text.size()
        );
        EVP_MD_CTX_free(context);
        return verdict == 1;
    }
    return false;
}

std::vector<proof_key> ring(proof_key first) {
    std::vector<proof_key> keys;
    keys.push_back(std::move(first));
    return keys;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_proof)

BOOST_AUTO_TEST_CASE(says_who_proved_what_to_whom_and_until_when) {
    const auto key = new_key("p1");
    const auto [header, payload, signature] = parts_of(sign_proof(key, claims()));
    BOOST_TEST(header == R"({"typ":"otp-proof+jwt","alg":"ES256","kid":"p1"})");
    BOOST_TEST(
        payload == R"({"iss":"otp-verify","aud":"acme","sub":"+14155550100","purpose":"login",)"
                   R"("vid":"018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f","iat":1763634930,)"
                   R"("exp":1763635230,"jti":"018f6f5e-7d3c-7a43-9d0f-000000000001"})"
    );
    BOOST_TEST(signature.size() == 64U);
}

BOOST_AUTO_TEST_CASE(verifies_by_the_published_coordinates) {
    auto keys = ring(new_key("p1"));
    BOOST_TEST(verifies(sign_proof(keys.front(), claims()), jwks_of(keys)));
}

BOOST_AUTO_TEST_CASE(does_not_verify_once_a_word_is_changed) {
    auto keys = ring(new_key("p1"));
    const auto token = sign_proof(keys.front(), claims());
    auto other = claims();
    other.number = "+14155550101";
    const auto forged = sign_proof(keys.front(), other);
    const auto mixed = forged.substr(0, forged.rfind('.')) + token.substr(token.rfind('.'));
    BOOST_TEST(!verifies(mixed, jwks_of(keys)));
}

BOOST_AUTO_TEST_CASE(does_not_verify_by_another_key_of_that_id) {
    const auto key = new_key("p1");
    BOOST_TEST(!verifies(sign_proof(key, claims()), jwks_of(ring(new_key("p1")))));
}

// One in 128 has a number of fewer than 32 bytes.
BOOST_AUTO_TEST_CASE(has_both_numbers_of_its_signature_at_full_width) {
    auto keys = ring(new_key("p1"));
    const auto set = jwks_of(keys);
    int narrow = 0;
    for (int i = 0; i < 3000 && narrow < 2; ++i) {
        const auto token = sign_proof(keys.front(), claims());
        const auto signature = parts_of(token)[2];
        if (signature[0] != 0 && signature[32] != 0)
            continue;
        ++narrow;
        BOOST_TEST(verifies(token, set));
    }
    BOOST_TEST(narrow == 2);
}

BOOST_AUTO_TEST_CASE(of_the_earlier_key_verifies_while_both_are_published) {
    auto keys = ring(new_key("old"));
    const auto before = sign_proof(keys.front(), claims());
    keys.insert(keys.begin(), new_key("new"));
    const auto after = sign_proof(keys.front(), claims());
    BOOST_TEST(verifies(before, jwks_of(keys)));
    BOOST_TEST(verifies(after, jwks_of(keys)));
    keys.pop_back();
    BOOST_TEST(!verifies(before, jwks_of(keys)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_key_set)

BOOST_AUTO_TEST_CASE(lists_every_key_for_signatures_by_es256_and_no_private_half) {
    auto keys = ring(new_key("p1"));
    keys.push_back(new_key("p2"));
    const auto set = parsed(jwks_of(keys));
    const auto& listed = set["keys"];
    BOOST_TEST_REQUIRE(listed.Size() == 2U);
    for (rapidjson::SizeType i = 0; i < 2; ++i) {
        BOOST_TEST(listed[i].MemberCount() == 7U);  // without "d"
        BOOST_TEST(listed[i]["kty"].GetString() == "EC");
        BOOST_TEST(listed[i]["crv"].GetString() == "P-256");
        BOOST_TEST(listed[i]["use"].GetString() == "sig");
        BOOST_TEST(listed[i]["alg"].GetString() == "ES256");
        BOOST_TEST(listed[i]["kid"].GetString() == keys[i].id());
    }
}

// One in 128 keys has a coordinate that begins with a zero byte.
BOOST_AUTO_TEST_CASE(has_coordinates_at_full_width) {
    for (int i = 0; i < 3000; ++i) {
        auto keys = ring(new_key("p1"));
        if (keys[0].x()[0] != 0 && keys[0].y()[0] != 0)
            continue;
        BOOST_TEST(verifies(sign_proof(keys[0], claims()), jwks_of(keys)));
        return;
    }
    BOOST_TEST(false, "no such key was made");
}

BOOST_AUTO_TEST_CASE(may_be_kept_for_five_minutes) {
    const auto answer = jwks_answer({});
    BOOST_TEST(answer.status == 200U);
    BOOST_TEST(answer.body == R"({"keys":[]})");
    BOOST_TEST_REQUIRE(answer.headers.size() == 1U);
    BOOST_TEST(answer.headers[0].first == "Cache-Control");
    BOOST_TEST(answer.headers[0].second == "public, max-age=300");
}

BOOST_AUTO_TEST_SUITE_END()
