#include "sandbox/magic_numbers.hpp"

#include <boost/test/unit_test.hpp>

#include <phonenumbers/phonenumberutil.h>

#include <array>
#include <fstream>
#include <iterator>

using namespace otp::sandbox;

namespace {

constexpr std::array services{
    service::twilio,
    service::gupshup_whatsapp,
    service::gupshup_sms,
    service::twilio_verify};

bool is_valid(const std::string& number) {
    using i18n::phonenumbers::PhoneNumber;
    using i18n::phonenumbers::PhoneNumberUtil;
    const auto& all = *PhoneNumberUtil::GetInstance();
    PhoneNumber parsed;
    if (all.Parse(number, "ZZ", &parsed) != PhoneNumberUtil::NO_PARSING_ERROR)
        return false;
    std::string formatted;
    all.Format(parsed, PhoneNumberUtil::E164, &formatted);
    return all.IsValidNumber(parsed) && formatted == number;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(magic_numbers_of_the_sandbox)

BOOST_AUTO_TEST_CASE(are_valid_for_libphonenumber) {
    for (const auto& row : magic_numbers()) {
        for (const auto by : services)
            BOOST_TEST(is_valid(number_for(by, row.teaches)), number_for(by, row.teaches));
        BOOST_TEST(is_valid(number_for_all(row.teaches)), number_for_all(row.teaches));
    }
    for (const auto* twilios :
         {"+15005550001",
          "+15005550002",
          "+15005550003",
          "+15005550004",
          "+15005550006",
          "+15005550009"})
        BOOST_TEST(is_valid(twilios), twilios);
}

BOOST_AUTO_TEST_CASE(teach_their_own_service_only) {
    for (const auto& row : magic_numbers())
        for (const auto by : services)
            for (const auto at : services) {
                const auto taught = lesson_of(at, number_for(by, row.teaches));
                BOOST_TEST(taught.has_value() == (at == by));
                if (taught)
                    BOOST_TEST((*taught == row.teaches));
            }
}

BOOST_AUTO_TEST_CASE(of_the_common_row_teach_every_service) {
    for (const auto& row : magic_numbers())
        for (const auto at : services)
            BOOST_TEST((lesson_of(at, number_for_all(row.teaches)) == row.teaches));
}

BOOST_AUTO_TEST_CASE(leave_ordinary_numbers_alone) {
    for (const auto at : services)
        for (const auto* number :
             {"+14155550100", "+19705550100", "+19705550120", "+1970555011", "+197055501015"})
            BOOST_TEST(!lesson_of(at, number).has_value(), number);
}

BOOST_AUTO_TEST_CASE(have_a_row_for_every_lesson) {
    for (int one = 0; one <= static_cast<int>(lesson::no_receipt); ++one) {
        const auto what = static_cast<lesson>(one);
        BOOST_TEST((lesson_of(service::twilio, number_for(service::twilio, what)) == what));
    }
}

BOOST_AUTO_TEST_CASE(are_all_in_the_documentation) {
    std::ifstream file("docs/sandbox.md");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    for (const auto& row : magic_numbers())
        BOOST_TEST(
            page.find("| `" + std::string(row.last_two_digits) + "` |") != std::string::npos,
            row.last_two_digits
        );
    for (const auto* prefix :
         {"+1970555 01", "+1971555 01", "+1972555 01", "+1973555 01", "+1978555 01"})
        BOOST_TEST(page.find(prefix) != std::string::npos, prefix);
}

BOOST_AUTO_TEST_SUITE_END()
