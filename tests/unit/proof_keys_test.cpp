#include "common/config/settings.hpp"
#include "tests/support/proof_pem.hpp"
#include "verify/proof/proof_keys.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

using namespace otp;

namespace {

// A file that is gone at the end of the test.
struct key_file {
    explicit key_file(const std::string& text) {
        path = "/tmp/otp_proof_test_" + std::to_string(::getpid()) + "_" + std::to_string(made++);
        std::ofstream(path) << text;
    }
    ~key_file() { std::remove(path.c_str()); }
    static inline int made = 0;
    std::string path;
};

settings with(std::string keys) {
    return settings({}, {{"OTP_PROOF_KEYS", std::move(keys)}}, {});
}

// The one fault of this value.
std::string fault_of(std::string keys) {
    auto from = with(std::move(keys));
    BOOST_TEST(read_proof_settings(from).keys.empty());
    BOOST_TEST_REQUIRE(from.faults().size() == 1U);
    return from.faults().front();
}

std::string fault_of_file(const std::string& text) {
    const key_file file(text);
    auto fault = fault_of("p1:" + file.path);
    const auto before = "OTP_PROOF_KEYS key p1: " + file.path + " ";
    BOOST_TEST_REQUIRE(fault.starts_with(before));
    BOOST_TEST(fault.ends_with("; expected a P-256 private key in PEM without a passphrase, as "
                               "`openssl genpkey -algorithm EC -pkeyopt "
                               "ec_paramgen_curve:P-256` writes it"));
    return fault.substr(before.size(), fault.find(';') - before.size());
}

// With the public half of another key, as a careless hand puts two files together: the point
// begins after a first line of 31 signs, a second of 65, and 12 of the third.
std::string mixed_up() {
    constexpr std::size_t point = 31 + 65 + 12;
    const auto one = test::sec1(test::new_ec_key());
    const auto other = test::sec1(test::new_ec_key());
    return one.substr(0, point) + other.substr(point);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proof_keys)

BOOST_AUTO_TEST_CASE(are_none_where_the_setting_is_empty) {
    settings from({}, {}, {});
    const auto read = read_proof_settings(from);
    BOOST_TEST(read.keys.empty());
    BOOST_TEST(read.issuer == "otp-verify");
    BOOST_TEST(from.faults().empty());
}

BOOST_AUTO_TEST_CASE(are_read_in_both_forms_of_pem_and_keep_their_order) {
    const key_file first(test::pkcs8(test::new_ec_key()));
    const key_file second(test::sec1(test::new_ec_key()));
    auto from = with("new:" + first.path + ", old:" + second.path);
    const auto read = read_proof_settings(from);
    BOOST_TEST(from.faults().empty());
    BOOST_TEST_REQUIRE(read.keys.size() == 2U);
    BOOST_TEST(read.keys[0].id() == "new");
    BOOST_TEST(read.keys[1].id() == "old");
    BOOST_TEST(read.keys[0].x() != read.keys[1].x());
}

BOOST_AUTO_TEST_CASE(of_another_kind_are_faults_that_say_what_stands_there) {
    const auto p256 = test::new_ec_key();
    BOOST_TEST(
        fault_of_file(test::pkcs8(test::new_ec_key("P-384"))) == "holds a key of another kind"
    );
    BOOST_TEST(
        fault_of_file(test::pkcs8(test::new_ec_key("secp256k1"))) == "holds a key of another kind"
    );
    BOOST_TEST(
        fault_of_file(test::pkcs8(test::new_ed25519_key())) == "holds a key of another kind"
    );
    BOOST_TEST(fault_of_file(test::encrypted(p256)) == "is encrypted");
    for (const auto& text : {test::public_half(p256), std::string("secret"), std::string()})
        BOOST_TEST(fault_of_file(text) == "holds no private key in PEM");
    BOOST_TEST(
        fault_of_file(mixed_up()) == "holds a public key that is not that of the private one"
    );
}

BOOST_AUTO_TEST_CASE(that_cannot_be_read_are_faults_that_name_the_id) {
    BOOST_TEST(
        fault_of("p1:/nowhere/key.pem")
            .starts_with("OTP_PROOF_KEYS key p1: /nowhere/key.pem cannot be read: No such file or "
                         "directory; expected a P-256 private key in PEM")
    );
    BOOST_TEST(
        fault_of("p1:/tmp").find("/tmp cannot be read: Is a directory") != std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(without_an_id_or_a_path_are_faults_that_name_the_place) {
    for (const auto* text : {"p1", "p1:"})
        BOOST_TEST(fault_of(text) == "OTP_PROOF_KEYS key 1: expected id:path");
    for (const auto* text : {":/tmp/key.pem", "p/1:/tmp/key.pem"})
        BOOST_TEST(
            fault_of(text) ==
            "OTP_PROOF_KEYS key 1: expected an id of 1 to 32 letters, digits, '_', '.' or '-'"
        );
}

BOOST_AUTO_TEST_CASE(are_all_looked_at_and_may_not_share_an_id) {
    const key_file file(test::pkcs8(test::new_ec_key()));
    auto from = with("p1:" + file.path + ",p1:" + file.path + ",p2");
    BOOST_TEST(read_proof_settings(from).keys.size() == 1U);
    BOOST_TEST_REQUIRE(from.faults().size() == 2U);
    BOOST_TEST(from.faults()[0] == "OTP_PROOF_KEYS key p1: its id is that of an earlier key");
    BOOST_TEST(from.faults()[1] == "OTP_PROOF_KEYS key 3: expected id:path");
}

BOOST_AUTO_TEST_CASE(have_an_issuer_that_is_one_word) {
    settings named({}, {{"OTP_PROOF_ISSUER", "https://otp.example.com"}}, {});
    BOOST_TEST(read_proof_settings(named).issuer == "https://otp.example.com");
    BOOST_TEST(named.faults().empty());
    for (const auto& text : {std::string("two words"), std::string(256, 'x'), std::string("é")}) {
        settings wrong({}, {{"OTP_PROOF_ISSUER", text}}, {});
        read_proof_settings(wrong);
        BOOST_TEST_REQUIRE(wrong.faults().size() == 1U);
        BOOST_TEST(wrong.faults()[0].starts_with("OTP_PROOF_ISSUER must be 1 to 255 ASCII"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
