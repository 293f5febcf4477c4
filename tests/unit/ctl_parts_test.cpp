// Small pure parts of otpctl: CSV, JSON lines, keys and their rotation.

#include "common/otp/keys.hpp"
#include "ctl/csv_text.hpp"
#include "ctl/keys/new_key.hpp"
#include "ctl/keys/rotation.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

BOOST_AUTO_TEST_SUITE(a_record_of_csv)

BOOST_AUTO_TEST_CASE(quotes_what_needs_it_and_tells_null_from_empty) {
    BOOST_TEST(
        csv_record({"plain", "a,b", "say \"hi\"", "two\nlines", "", std::nullopt}) ==
        "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"\",\r\n"
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_new_key)

BOOST_AUTO_TEST_CASE(can_be_read_by_the_programs_and_is_another_each_time) {
    const auto first = new_key_entry("k1");
    const auto ring = key_ring::parse(first.reveal());
    BOOST_REQUIRE(ring.has_value());
    BOOST_TEST(ring->newest().id == "k1");
    BOOST_TEST(!new_key_entry("k1").equals(first.reveal()));
}

BOOST_AUTO_TEST_CASE(has_an_id_of_its_day_that_no_other_key_gets) {
    const auto id = new_key_id("2026-11-28");
    BOOST_TEST(id.starts_with("k20261128-"));
    BOOST_TEST(is_key_id(id));
    BOOST_TEST(new_key_id("2026-11-28") != id);
}

BOOST_AUTO_TEST_CASE(is_known_to_be_listed_however_the_list_is_spaced) {
    for (const auto* list : {"k2:00", "k1:11,k2:00", "k1:11,\n\tk2:00\n", "k1:a.pem, k2:b.pem"})
        BOOST_TEST(lists_key_id(list, "k2"), list);
    for (const auto* list : {"", "k1:00", "k22:00", "ak2:00", "k1:k2"})
        BOOST_TEST(!lists_key_id(list, "k2"), list);
}

BOOST_AUTO_TEST_CASE(for_proofs_is_pem) {
    const auto pem = new_proof_key();
    BOOST_TEST(pem.reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"));
}

BOOST_AUTO_TEST_CASE(goes_last_then_first_then_alone) {
    const auto* kind = find_key_kind("hash");
    BOOST_REQUIRE(kind != nullptr);
    const auto steps = rotation_steps(*kind, "old:aa", "new:bb");
    BOOST_REQUIRE_EQUAL(steps.size(), 3U);
    BOOST_TEST(steps[0].value.reveal() == "old:aa,new:bb");
    BOOST_TEST(steps[1].value.reveal() == "new:bb,old:aa");
    BOOST_TEST(steps[2].value.reveal() == "new:bb");
    BOOST_TEST(steps[0].what.find("otp-worker and otp-verify") != std::string::npos);
    BOOST_TEST((find_key_kind("proof") == nullptr));
}

BOOST_AUTO_TEST_CASE(goes_into_lists_of_one_line_however_the_old_one_is_written) {
    const auto steps = rotation_steps(*find_key_kind("code"), "a:aa,\n b:bb\r\n", "new:cc");
    BOOST_TEST(steps[0].value.reveal() == "a:aa,b:bb,new:cc");
    BOOST_TEST(steps[1].value.reveal() == "new:cc,a:aa,b:bb");
}

BOOST_AUTO_TEST_CASE(of_a_kind_that_no_row_tells_of_is_not_said_to_be_checked) {
    const auto last_step = [](std::string_view word) {
        return rotation_steps(*find_key_kind(word), "old:aa", "new:bb").back().what;
    };
    for (const auto* word : {"code", "hash"})
        BOOST_TEST(last_step(word).find("`otpctl keys check`") != std::string::npos, word);
    BOOST_TEST(last_step("device").find("keys check") == std::string::npos);
    BOOST_TEST(last_step("device").starts_with("90 days later, "));
}

BOOST_AUTO_TEST_SUITE_END()
