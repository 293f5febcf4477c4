#include "common/otp/code.hpp"
#include "common/otp/uniform.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace otp;
namespace data = boost::unit_test::data;

namespace {

std::vector<std::vector<std::string>> vectors_of(std::string_view kind) {
    constexpr const char* path = "tests/unit/data/otp_vectors.txt";
    std::ifstream file(path);
    if (!file)
        throw std::runtime_error(std::string("cannot read ") + path);
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(file, line);) {
        std::vector<std::string> fields(1);
        for (const char c : line)
            if (c == '\t')
                fields.emplace_back();
            else
                fields.back() += c;
        if (fields.front() == kind)
            rows.push_back(std::move(fields));
    }
    return rows;
}

key key_from(const std::string& hex) {
    const auto ring = key_ring::parse("k:" + hex);
    return key{"k", ring->newest().bytes.clone()};
}

std::array<std::uint8_t, 32> block_of(std::initializer_list<std::uint32_t> words) {
    std::array<std::uint8_t, 32> block{};
    std::size_t at = 0;
    for (const auto word : words)
        for (int shift = 24; shift >= 0; shift -= 8)
            block[at++] = static_cast<std::uint8_t>(word >> shift);
    return block;
}

// The first value that would bias the result, by number of digits.
struct limit {
    int digits;
    std::uint64_t value;
};

std::ostream& operator<<(std::ostream& out, const limit& row) {
    return out << row.digits << " digits";
}

// 2^32 - 2^32 mod 10^digits, by hand.
constexpr limit limits[] = {
    {4, 4294960000},
    {5, 4294900000},
    {6, 4294000000},
    {7, 4290000000},
    {8, 4200000000},
    {9, 4000000000},
};

constexpr std::uint32_t all_ones = 0xFFFFFFFF;

const key some_key = key_from(std::string(64, '7'));
const uuid some_seed = *parse_uuid("018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f");
constexpr code_subject some_subject{"acme", "+14155550100", "login"};

}  // namespace

BOOST_AUTO_TEST_SUITE(the_first_uniform_value_of_a_block)

namespace {

std::optional<std::uint64_t> first_uniform_of(
    const std::array<std::uint8_t, 32>& block,
    int digits
) {
    std::uint64_t value = 0;
    if (!first_uniform(block, digits, value))
        return std::nullopt;
    return value;
}

}  // namespace

BOOST_DATA_TEST_CASE(takes_words_below_the_limit_only, data::make(limits), row) {
    const auto last_good = static_cast<std::uint32_t>(row.value - 1);
    const auto first_bad = static_cast<std::uint32_t>(row.value);
    std::uint64_t range = 1;
    for (int i = 0; i < row.digits; ++i)
        range *= 10;
    BOOST_TEST(*first_uniform_of(block_of({last_good}), row.digits) == range - 1);
    BOOST_TEST(*first_uniform_of(block_of({first_bad, 12}), row.digits) == 12U);
}

BOOST_AUTO_TEST_CASE(takes_two_words_for_ten_digits) {
    // 18446744070000000000 is the first value of the incomplete run of 10^10.
    constexpr std::uint64_t first_bad = 18446744070000000000U;
    const auto high = static_cast<std::uint32_t>(first_bad >> 32);
    const auto low = static_cast<std::uint32_t>(first_bad);
    BOOST_TEST(*first_uniform_of(block_of({high, low - 1}), 10) == 9999999999U);
    BOOST_TEST(*first_uniform_of(block_of({high, low, 2, 5}), 10) == 8589934597U);
}

BOOST_AUTO_TEST_CASE(may_stand_in_the_last_word) {
    const auto bad = all_ones;
    BOOST_TEST(*first_uniform_of(block_of({bad, bad, bad, bad, bad, bad, bad, 7}), 6) == 7U);
    BOOST_TEST(*first_uniform_of(block_of({bad, bad, bad, bad, bad, bad, 0, 7}), 10) == 7U);
}

BOOST_DATA_TEST_CASE(is_missing_where_every_word_would_bias_it, data::xrange(4, 11), digits) {
    const auto bad = all_ones;
    BOOST_TEST(!first_uniform_of(block_of({bad, bad, bad, bad, bad, bad, bad, bad}), digits));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_code)

BOOST_AUTO_TEST_CASE(is_what_another_program_computes) {
    const auto rows = vectors_of("code");
    BOOST_TEST(rows.size() > 300U);
    for (const auto& row : rows) {
        BOOST_REQUIRE(row.size() == 9U);
        const auto seed = parse_uuid(row[2]);
        BOOST_REQUIRE(seed.has_value());
        const code_subject subject{row[3], row[4], row[5]};
        const auto code = derive_code(key_from(row[1]), *seed, subject, std::stoi(row[6]));
        BOOST_TEST(code.reveal() == row[8], "seed " << row[2] << ", " << row[6] << " digits");
    }
}

BOOST_AUTO_TEST_CASE(is_computed_by_vectors_that_reach_the_second_block) {
    bool all_eight_passed_over = false;
    for (const auto& row : vectors_of("code"))
        all_eight_passed_over = all_eight_passed_over || std::stoi(row[7]) >= 8;
    BOOST_TEST(all_eight_passed_over);
}

BOOST_AUTO_TEST_CASE(depends_on_key_seed_tenant_number_purpose_and_length) {
    std::set<std::string> codes;
    const auto add = [&codes](const key& with, const uuid& seed, const code_subject& subject) {
        codes.emplace(derive_code(with, seed, subject, 10).reveal());
    };
    auto next_seed = some_seed;
    ++next_seed.bytes[15];
    add(some_key, some_seed, some_subject);
    add(key_from(std::string(64, '8')), some_seed, some_subject);
    add(some_key, next_seed, some_subject);
    add(some_key, some_seed, {"acmf", "+14155550100", "login"});
    add(some_key, some_seed, {"acme", "+14155550101", "login"});
    add(some_key, some_seed, {"acme", "+14155550100", "logim"});
    BOOST_TEST(codes.size() == 6U);
    const auto nine = derive_code(some_key, some_seed, some_subject, 9);
    for (const auto& ten : codes)
        BOOST_TEST(ten.substr(1) != nine.reveal());
}

BOOST_AUTO_TEST_CASE(is_the_same_after_other_codes_and_tags_were_computed) {
    const auto first = derive_code(some_key, some_seed, some_subject, 6);
    tag_code(key_from(std::string(64, '8')), some_subject, "123456");
    derive_code(key_from(std::string(64, '9')), some_seed, some_subject, 8);
    BOOST_TEST(first.equals(derive_code(some_key, some_seed, some_subject, 6).reveal()));
}

BOOST_AUTO_TEST_CASE(of_another_length_than_four_to_ten_is_a_bug) {
    BOOST_CHECK_THROW(derive_code(some_key, some_seed, some_subject, 3), std::invalid_argument);
    BOOST_CHECK_THROW(derive_code(some_key, some_seed, some_subject, 11), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_tag)

BOOST_AUTO_TEST_CASE(is_what_another_program_computes) {
    const auto rows = vectors_of("tag");
    BOOST_TEST(rows.size() == 60U);
    for (const auto& row : rows) {
        BOOST_REQUIRE(row.size() == 7U);
        const auto tag = tag_code(key_from(row[1]), {row[2], row[3], row[4]}, row[5]);
        std::string hex;
        for (const auto byte : tag) {
            hex += "0123456789abcdef"[byte >> 4];
            hex += "0123456789abcdef"[byte & 15];
        }
        BOOST_TEST(hex == row[6]);
    }
}

BOOST_AUTO_TEST_CASE(keeps_leading_zeros_apart) {
    BOOST_TEST((tag_code(some_key, some_subject, "0012") != tag_code(some_key, some_subject, "12"))
    );
}

BOOST_AUTO_TEST_SUITE_END()
