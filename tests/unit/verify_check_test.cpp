#include "verify/check/check_request.hpp"
#include "verify/client_body.hpp"
#include "verify/older/older_check.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

namespace {

template <class T>
std::string words(const or_problem<T>& read) {
    BOOST_TEST_REQUIRE(!read.has_value());
    std::string all;
    const auto why = read.error();
    for (const auto& one : why.errors)
        all += one.field + ":" + one.code + " ";
    return all;
}

send_defaults in_region(std::string region) {
    return {.code = {}, .region = std::move(region)};
}

// The code that an older body brings, where codes have six digits.
std::string older_code(const std::string& members) {
    const secret body(R"({"to":"+14155552671",)" + members + "}");
    const auto read = older::read_check(body, in_region(""));
    return read ? std::string(read->asked.code.reveal()) : words(read);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verify_check)

BOOST_AUTO_TEST_CASE(a_check_by_number_has_number_purpose_and_code) {
    const secret body(R"({"to":"+1 415-555-2671","code":"012345","purpose":"login"})");
    const auto asked = read_number_check(body, "");
    BOOST_TEST_REQUIRE(asked.has_value());
    BOOST_TEST(asked->to.e164() == "+14155552671");
    BOOST_TEST(asked->purpose == "login");
    BOOST_TEST(asked->code.reveal() == "012345");
    BOOST_TEST(asked->device_token.empty());
    const auto plain = read_number_check(secret(R"({"to":"+14155552671","code":"0123"})"), "");
    BOOST_TEST(plain->purpose == "default");
}

BOOST_AUTO_TEST_CASE(a_check_may_bring_a_device_token) {
    const auto by_id = read_id_check(secret(R"({"code":"012345","device_token":"AQ-_"})"));
    BOOST_TEST(by_id->code.reveal() == "012345");
    BOOST_TEST(by_id->device_token.reveal() == "AQ-_");
    const secret body(R"({"to":"+14155552671","code":"012345","device_token":"AQ-_"})");
    BOOST_TEST(read_number_check(body, "")->device_token.reveal() == "AQ-_");
    const auto none = read_id_check(secret(R"({"code":"012345","device_token":null})"));
    BOOST_TEST(none->device_token.empty());
}

BOOST_AUTO_TEST_CASE(every_fault_of_a_check_is_named_at_once) {
    const secret wrong(R"({"to":"12","code":123456,"purpose":"A","device_token":1,"otp":"1"})");
    BOOST_TEST(
        words(read_number_check(wrong, "")) ==
        "otp:unknown_field to:invalid_field code:invalid_field device_token:invalid_field "
        "purpose:invalid_field "
    );
    BOOST_TEST(words(read_id_check(secret("{}"))) == "code:missing_field ");
    BOOST_TEST(words(read_id_check(secret(R"({"code":null})"))) == "code:missing_field ");
}

BOOST_AUTO_TEST_CASE(a_code_is_four_to_ten_digits) {
    for (const auto* code : {"0000", "1234567890"})
        BOOST_TEST(is_code(code));
    for (const auto* other : {"", "123", "12345678901", "12a4", " 1234", "1234\n", "١٢٣٤"})
        BOOST_TEST(!is_code(other));
}

BOOST_AUTO_TEST_CASE(what_is_no_object_is_malformed) {
    for (const auto* text : {"", "[]", "1", "{", "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}"})
        BOOST_TEST(client_body::parse(secret(text)).error().code == "malformed_request");
    BOOST_TEST(client_body::parse(secret(std::string_view("{}\0", 3))).has_error());
}

BOOST_AUTO_TEST_CASE(a_parsed_body_may_be_moved) {
    auto parsed = client_body::parse(secret(R"({"code":"123456"})"));
    const client_body moved = std::move(*parsed);
    BOOST_TEST(moved.text("code").value() == "123456");
}

BOOST_AUTO_TEST_CASE(older_bodies_name_number_and_code_in_many_ways) {
    for (const auto* text :
         {R"({"phone_number":"(415) 555-2671","otp":"123456","device":{"a":1}})",
          R"({"to":"(415) 555-2671","code":"123456"})",
          R"({"phone_number":"(415) 555-2671","otp_code":"123456","purpose":"default"})"}) {
        const auto read = older::read_check(secret(text), in_region("US"));
        BOOST_TEST_REQUIRE(read.has_value());
        BOOST_TEST(read->written == "(415) 555-2671");
        BOOST_TEST(read->asked.to.e164() == "+14155552671");
        BOOST_TEST(read->asked.code.reveal() == "123456");
        BOOST_TEST(read->asked.purpose == "default");
    }
}

BOOST_AUTO_TEST_CASE(an_older_body_without_number_or_code_is_refused) {
    BOOST_TEST(
        words(older::read_check(secret(R"({"otp":"123456"})"), in_region(""))) ==
        "phone_number:invalid_number "
    );
    BOOST_TEST(
        words(older::read_check(secret(R"({"to":"+14155552671","otp":"x"})"), in_region(""))) ==
        "otp:invalid_field "
    );
}

BOOST_AUTO_TEST_CASE(the_code_of_an_older_body_may_be_a_number_which_gets_its_zeros_back) {
    BOOST_TEST(older_code(R"("otp":341743)") == "341743");
    BOOST_TEST(older_code(R"("otp_code":42137)") == "042137");
    BOOST_TEST(older_code(R"("otp":null,"code":0)") == "000000");
    BOOST_TEST(older_code(R"("code":9999999999)") == "9999999999");
    for (const auto* other : {"12345678901", "-341743", "341743.0", "3e5", "true", "[341743]"})
        BOOST_TEST(older_code(std::string(R"("otp":)") + other) == "otp:invalid_field ");
}

BOOST_AUTO_TEST_CASE(blanks_around_and_within_the_code_of_an_older_body_are_dropped) {
    for (const auto* written : {" 341743", "341 743", "341743\\n", "\\t3 4 1 7 4 3 "})
        BOOST_TEST(older_code(R"("otp":")" + std::string(written) + '"') == "341743");
    for (const auto* other : {"", "   ", "1 2 3", "341-743", "34174x"})
        BOOST_TEST(older_code(R"("otp":")" + std::string(other) + '"') == "otp:invalid_field ");
}

BOOST_AUTO_TEST_CASE(the_number_of_an_older_body_may_be_a_json_number_as_a_text_without_plus_may) {
    for (const auto* digits : {"4155552671", "14155552671"}) {
        const secret body(R"({"phone_number":)" + std::string(digits) + R"(,"otp":"123456"})");
        const auto read = older::read_check(body, in_region("US"));
        BOOST_TEST_REQUIRE(read.has_value());
        BOOST_TEST(read->written == digits);
        BOOST_TEST(read->asked.to.e164() == "+14155552671");
        BOOST_TEST(words(older::read_check(body, in_region(""))) == "phone_number:invalid_number ");
    }
}

BOOST_AUTO_TEST_SUITE_END()
