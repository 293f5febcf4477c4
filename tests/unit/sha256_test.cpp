#include "common/core/hex.hpp"
#include "common/core/sha256.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace otp;

BOOST_AUTO_TEST_SUITE(sha256_digests)

// The examples of NIST for FIPS 180-4.
BOOST_AUTO_TEST_CASE(are_those_of_the_standard) {
    BOOST_TEST(
        to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    BOOST_TEST(
        to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    BOOST_TEST(
        to_hex(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    );
}

BOOST_AUTO_TEST_SUITE_END()
