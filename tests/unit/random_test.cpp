#include "common/core/random.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <vector>

using namespace otp;

BOOST_AUTO_TEST_SUITE(random_bytes)

BOOST_AUTO_TEST_CASE(fill_more_than_the_kernel_gives_at_once) {
    // A block of 32 bytes that stays zero by chance: once in 2^256 runs.
    std::vector<std::uint8_t> bytes(1000);
    fill_random(bytes);
    for (auto at = bytes.begin(); bytes.end() - at >= 32; at += 32)
        BOOST_TEST(std::any_of(at, at + 32, [](std::uint8_t byte) { return byte != 0; }));
    BOOST_TEST(std::any_of(bytes.end() - 32, bytes.end(), [](std::uint8_t byte) {
        return byte != 0;
    }));
}

BOOST_AUTO_TEST_CASE(leave_an_empty_span_alone) {
    fill_random({});
    std::uint8_t guard[2] = {7, 7};
    fill_random(std::span(guard, 0));
    BOOST_TEST(guard[0] == 7);
}

BOOST_AUTO_TEST_CASE(make_ids_that_differ) {
    std::set<uuid> ids;
    for (int i = 0; i < 1000; ++i)
        ids.insert(new_uuid());
    BOOST_TEST(ids.size() == 1000U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_random_fraction)

BOOST_AUTO_TEST_CASE(lies_from_0_to_below_1_and_spreads) {
    double least = 1;
    double greatest = 0;
    for (int i = 0; i < 10000; ++i) {
        const double drawn = random_fraction();
        BOOST_REQUIRE(drawn >= 0.0);
        BOOST_REQUIRE(drawn < 1.0);
        least = std::min(least, drawn);
        greatest = std::max(greatest, drawn);
    }
    // Each fails by chance once in 10^45 runs.
    BOOST_TEST(least < 0.01);
    BOOST_TEST(greatest > 0.99);
}

BOOST_AUTO_TEST_SUITE_END()
