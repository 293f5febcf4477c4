#include "common/otp/code.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <vector>

// Are the codes even? Keys and seeds are fixed, so each run gives the same numbers: this is a known
// answer with a reason, not a dice roll. Thresholds are the 1 - 10^-6 quantiles of the chi-square
// distribution, which a biased derivation passes by orders of magnitude: taking the words mod 10^9
// without rejection, say, gives each of the first digits 0 to 2 one fifth more than the others.

using namespace otp;

namespace {

constexpr double limit_9_degrees = 44.82;       // ten digits
constexpr double limit_99_degrees = 180.80;     // a hundred pairs of neighbouring digits
constexpr double limit_9999_degrees = 10685.7;  // ten thousand buckets of whole codes

double chi_square(const std::vector<std::uint32_t>& seen) {
    double total = 0;
    for (const auto count : seen)
        total += count;
    const double expected = total / static_cast<double>(seen.size());
    double sum = 0;
    for (const auto count : seen)
        sum += (count - expected) * (count - expected) / expected;
    return sum;
}

struct tally {
    explicit tally(std::size_t length)
        : digits(length, std::vector<std::uint32_t>(10)),
          pairs(length - 1, std::vector<std::uint32_t>(100)) {}

    void add(std::string_view code) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < code.size(); ++i) {
            const auto digit = static_cast<std::size_t>(code[i] - '0');
            ++digits[i][digit];
            if (i > 0)
                ++pairs[i - 1][static_cast<std::size_t>(code[i - 1] - '0') * 10 + digit];
            value = value * 10 + digit;
        }
        ++first_four[value / scale(code.size())];
        ++last_four[value % 10000];
    }

    static std::uint64_t scale(std::size_t length) {
        std::uint64_t power = 1;
        for (std::size_t i = 4; i < length; ++i)
            power *= 10;
        return power;
    }

    std::vector<std::vector<std::uint32_t>> digits;
    std::vector<std::vector<std::uint32_t>> pairs;
    std::vector<std::uint32_t> first_four = std::vector<std::uint32_t>(10000);
    std::vector<std::uint32_t> last_four = std::vector<std::uint32_t>(10000);
};

void expect_even(int length, std::uint32_t count) {
    const auto ring = key_ring::parse("k:" + std::string(32, '0') + std::string(32, 'a'));
    const code_subject subject{"acme", "+14155550100", "login"};
    tally seen(static_cast<std::size_t>(length));
    uuid seed;
    for (std::uint32_t n = 0; n < count; ++n) {
        for (std::size_t i = 0; i < 4; ++i)
            seed.bytes[12 + i] = static_cast<std::uint8_t>(n >> (24 - 8 * i));
        seen.add(derive_code(ring->newest(), seed, subject, length).reveal());
    }
    for (std::size_t i = 0; i < seen.digits.size(); ++i)
        BOOST_TEST(chi_square(seen.digits[i]) < limit_9_degrees, "digit " << i + 1);
    for (std::size_t i = 0; i < seen.pairs.size(); ++i)
        BOOST_TEST(chi_square(seen.pairs[i]) < limit_99_degrees, "pair " << i + 1);
    BOOST_TEST(chi_square(seen.first_four) < limit_9999_degrees);
    BOOST_TEST(chi_square(seen.last_four) < limit_9999_degrees);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ten_million_codes)

BOOST_AUTO_TEST_CASE(of_six_digits_are_even_in_each_digit_pair_and_bucket) {
    expect_even(6, 6'000'000);
}

BOOST_AUTO_TEST_CASE(of_nine_digits_are_even_though_one_word_in_fifteen_is_passed_over) {
    expect_even(9, 2'000'000);
}

BOOST_AUTO_TEST_CASE(of_ten_digits_are_even_though_they_take_two_words) {
    expect_even(10, 2'000'000);
}

BOOST_AUTO_TEST_SUITE_END()
