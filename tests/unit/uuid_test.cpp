#include "common/core/uuid.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <unordered_set>

using namespace otp;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

constexpr std::string_view good = "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f";

constexpr std::string_view bad[] = {
    "",
    "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5",
    "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f0",
    "018f6f5e7d3c7a439d0f5b1c2a3d4e5f",
    "{018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f}",
    "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5g",
    "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5 ",
    "018f6f5e07d3c-7a43-9d0f-5b1c2a3d4e5f",
    "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d-e5f",
    "-18f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_uuid)

BOOST_AUTO_TEST_CASE(is_read_and_written) {
    const auto id = parse_uuid(good);
    BOOST_REQUIRE(id.has_value());
    BOOST_TEST(id->bytes[0] == 0x01);
    BOOST_TEST(id->bytes[6] == 0x7A);
    BOOST_TEST(id->bytes[15] == 0x5F);
    BOOST_TEST(to_string(*id) == good);
}

BOOST_AUTO_TEST_CASE(is_read_in_either_case_and_written_in_lower) {
    const auto id = parse_uuid("018F6F5E-7D3C-7A43-9D0F-5B1C2A3D4E5F");
    BOOST_REQUIRE(id.has_value());
    BOOST_TEST(to_string(*id) == good);
}

BOOST_DATA_TEST_CASE(is_empty_where_it_is_not_in_the_usual_form, data::make(bad), text) {
    BOOST_TEST(!parse_uuid(text).has_value());
}

BOOST_AUTO_TEST_CASE(of_version_7_is_as_in_rfc_9562) {
    // The RFC's example, appendix A.6.
    const auto id = make_uuid_v7(
        std::chrono::system_clock::time_point(1645557742000ms),
        {0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F}
    );
    BOOST_TEST(to_string(id) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

BOOST_AUTO_TEST_CASE(of_version_7_keeps_version_and_variant_whatever_the_random_bits) {
    for (const std::uint8_t byte : {std::uint8_t{0x00}, std::uint8_t{0xFF}}) {
        std::array<std::uint8_t, 10> random{};
        random.fill(byte);
        const auto text = to_string(make_uuid_v7({}, random));
        BOOST_TEST(text[14] == '7');
        BOOST_TEST(std::string_view("89ab").find(text[19]) != std::string_view::npos);
    }
}

BOOST_AUTO_TEST_CASE(of_version_7_sorts_by_time) {
    const std::chrono::system_clock::time_point now(1795169730s);
    std::array<std::uint8_t, 10> ones{};
    ones.fill(0xFF);
    BOOST_TEST((make_uuid_v7(now, ones) < make_uuid_v7(now + 1ms, {})));
}

BOOST_AUTO_TEST_CASE(is_hashed_by_all_its_bytes) {
    std::unordered_set<std::size_t> hashes;
    for (std::size_t i = 0; i < 16; ++i) {
        uuid id;
        id.bytes[i] = 1;
        hashes.insert(std::hash<uuid>{}(id));
    }
    BOOST_TEST(hashes.size() == 16U);
}

BOOST_AUTO_TEST_SUITE_END()
