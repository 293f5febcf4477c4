#include "common/otp/keys.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace otp;
namespace data = boost::unit_test::data;

namespace {

const std::string hex_a = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const std::string hex_b = "FFFEFDFCFBFAF9F8F7F6F5F4F3F2F1F0EFEEEDECEBEAE9E8E7E6E5E4E3E2E1E0";

struct broken {
    std::string text;
    std::string_view error;
};

std::ostream& operator<<(std::ostream& out, const broken& row) {
    return out << row.error;
}

const broken broken_rings[] = {
    {"", "key 1: expected id:hex"},
    {"k1", "key 1: expected id:hex"},
    {":" + hex_a, "key 1: expected an id of 1 to 32 letters, digits, '_', '.' or '-'"},
    {"k 1:" + hex_a, "key 1: expected an id of 1 to 32 letters, digits, '_', '.' or '-'"},
    {std::string(33, 'k') + ":" + hex_a,
     "key 1: expected an id of 1 to 32 letters, digits, '_', '.' or '-'"},
    {"k1:" + hex_a.substr(2), "key 1: expected 64 hexadecimal digits (32 bytes) after the id"},
    {"k1:" + hex_a + "00", "key 1: expected 64 hexadecimal digits (32 bytes) after the id"},
    {"k1:" + hex_a + ",k2:" + hex_a.substr(1) + "g",
     "key 2: expected 64 hexadecimal digits (32 bytes) after the id"},
    {"k1:" + hex_a + ",k1:" + hex_b, "key 2: its id is that of an earlier key"},
    {"k1:" + hex_a + ",", "key 2: expected id:hex"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_key_ring)

BOOST_AUTO_TEST_CASE(keeps_the_order_of_its_keys_and_the_first_makes_new_codes) {
    const auto ring = key_ring::parse("2026-b:" + hex_b + ", 2026-a:" + hex_a + "\n");
    BOOST_REQUIRE(ring.has_value());
    BOOST_TEST(ring->newest().id == "2026-b");
    BOOST_REQUIRE(ring->all().size() == 2U);
    BOOST_TEST(ring->all()[1].id == "2026-a");
}

BOOST_AUTO_TEST_CASE(reads_hexadecimal_digits_of_either_case) {
    const auto ring = key_ring::parse("a:" + hex_a + ",b:" + hex_b);
    BOOST_REQUIRE(ring.has_value());
    const auto a = ring->all()[0].bytes.reveal();
    const auto b = ring->all()[1].bytes.reveal();
    BOOST_REQUIRE(a.size() == 32U);
    BOOST_REQUIRE(b.size() == 32U);
    for (std::size_t i = 0; i < 32; ++i) {
        BOOST_TEST(static_cast<unsigned char>(a[i]) == i);
        BOOST_TEST(static_cast<unsigned char>(b[i]) == 255 - i);
    }
}

BOOST_AUTO_TEST_CASE(finds_a_key_by_its_whole_id_only) {
    const auto ring = key_ring::parse("k1:" + hex_a + ",k10:" + hex_b);
    BOOST_REQUIRE(ring.has_value());
    BOOST_REQUIRE(ring->find("k10") != nullptr);
    BOOST_TEST(ring->find("k10")->id == "k10");
    BOOST_TEST(ring->find("k") == nullptr);
    BOOST_TEST(ring->find("K1") == nullptr);
    BOOST_TEST(ring->find("") == nullptr);
}

BOOST_DATA_TEST_CASE(that_is_broken_is_refused_by_place_and_rule, data::make(broken_rings), row) {
    const auto ring = key_ring::parse(row.text);
    BOOST_REQUIRE(ring.has_error());
    BOOST_TEST(ring.error() == row.error);
    BOOST_TEST(ring.error().find(hex_a.substr(0, 16)) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
