#include "common/core/base64url.hpp"
#include "verify/check/approval.hpp"
#include "verify/check/device_token.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace std::chrono_literals;

namespace {

const std::string first_key(64, 'a');
const std::string second_key(64, 'b');
const auto at = std::chrono::system_clock::time_point{1'795'232'094s};
const code_subject subject{"acme", "+14155552671", "login"};

key_ring keys(const std::string& text) {
    return std::move(*key_ring::parse(text));
}

key_ring one_key() {
    return keys("d1:" + first_key);
}

std::string token(const key_ring& of) {
    return make_device_token(of.newest(), subject, at);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(device_tokens)

BOOST_AUTO_TEST_CASE(a_token_is_known_for_ninety_days) {
    const auto ring = one_key();
    const auto made = token(ring);
    for (const auto later : {0s, 1s, std::chrono::seconds(90 * 24h) - 1s})
        BOOST_TEST(is_device_token(made, ring, subject, at + later));
    BOOST_TEST(!is_device_token(made, ring, subject, at + 90 * 24h));
}

BOOST_AUTO_TEST_CASE(a_token_of_the_future_is_none_beyond_what_clocks_differ_by) {
    const auto ring = one_key();
    BOOST_TEST(is_device_token(token(ring), ring, subject, at - 60s));
    BOOST_TEST(!is_device_token(token(ring), ring, subject, at - 61s));
}

BOOST_AUTO_TEST_CASE(a_token_is_good_for_its_tenant_number_and_purpose_only) {
    const auto ring = one_key();
    const auto made = token(ring);
    const code_subject others[] = {
        {"other", "+14155552671", "login"},
        {"acme", "+14155552672", "login"},
        {"acme", "+14155552671", "payment"},
        {"acme+", "14155552671", "login"}};
    for (const auto& other : others)
        BOOST_TEST(!is_device_token(made, ring, other, at));
}

BOOST_AUTO_TEST_CASE(a_token_with_any_bit_changed_is_none) {
    const auto ring = one_key();
    const auto bytes = base64url_decoded(token(ring)).value();
    for (std::size_t place = 0; place < bytes.size(); ++place)
        for (int bit = 0; bit < 8; ++bit) {
            auto changed = bytes;
            changed[place] = static_cast<char>(changed[place] ^ (1 << bit));
            BOOST_TEST(!is_device_token(base64url(changed), ring, subject, at));
        }
}

BOOST_AUTO_TEST_CASE(a_token_cut_or_lengthened_anywhere_is_none) {
    const auto ring = one_key();
    const auto made = token(ring);
    for (std::size_t size = 0; size < made.size(); ++size)
        BOOST_TEST(!is_device_token(made.substr(0, size), ring, subject, at));
    for (const auto* more : {"A", "AA", "=", " "})
        BOOST_TEST(!is_device_token(made + more, ring, subject, at));
    BOOST_TEST(!is_device_token(std::string(10'000, 'A'), ring, subject, at));
}

BOOST_AUTO_TEST_CASE(tokens_of_every_listed_key_are_known_and_the_first_key_makes_them) {
    const auto old = one_key();
    const auto rotated = keys("d2:" + second_key + ",d1:" + first_key);
    BOOST_TEST(is_device_token(token(old), rotated, subject, at));
    BOOST_TEST(is_device_token(token(rotated), rotated, subject, at));
    BOOST_TEST(!is_device_token(token(rotated), old, subject, at));
}

BOOST_AUTO_TEST_CASE(a_key_that_is_gone_or_another_of_its_name_knows_no_token) {
    const auto made = token(one_key());
    BOOST_TEST(!is_device_token(made, keys("d2:" + first_key), subject, at));
    BOOST_TEST(!is_device_token(made, keys("d1:" + second_key), subject, at));
    BOOST_TEST(!is_device_token(made, key_ring(), subject, at));
}

BOOST_AUTO_TEST_CASE(a_token_says_nothing_of_whose_it_is) {
    const auto bytes = base64url_decoded(token(one_key())).value();
    for (const auto* hidden : {"4155552671", "acme", "login"})
        BOOST_TEST(bytes.find(hidden) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_right_code_earns_a_token_where_there_are_keys) {
    const auto ring = one_key();
    const approval right{subject.tenant, subject.number, subject.purpose, uuid{}, at};
    const proof_settings no_proofs;
    const auto extras = approval_issuer(ring, no_proofs).issue(right);
    BOOST_TEST(is_device_token(extras.device_token.value(), ring, subject, at));
    const key_ring none;
    BOOST_TEST(!approval_issuer(none, no_proofs).issue(right).device_token.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
