#include "common/phone/phone_number.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <phonenumbers/logger.h>
#include <unistd.h>

#include <cstdio>
#include <ostream>
#include <string>

using namespace otp;
namespace data = boost::unit_test::data;

namespace {

struct good {
    std::string_view text;
    std::string_view home;  // default region
    std::string_view e164;
    std::string_view region;
};

std::ostream& operator<<(std::ostream& out, const good& row) {
    return out << row.text << " read in " << (row.home.empty() ? "none" : row.home);
}

constexpr good good_e164[] = {
    {"+14155550100", "", "+14155550100", "US"},
    {"+14165550100", "", "+14165550100", "CA"},
    {"+447400123456", "", "+447400123456", "GB"},
    {"+919876543210", "", "+919876543210", "IN"},
    {"+4915123456789", "", "+4915123456789", "DE"},
    {"+5511987654321", "", "+5511987654321", "BR"},
    {"+971501234567", "", "+971501234567", "AE"},
    {"+6834002", "", "+6834002", "NU"},
    {"+431116", "", "+431116", "AT"},
    {"+80012345678", "", "+80012345678", "001"},
};

constexpr good good_texts[] = {
    {"+14155550100", "", "+14155550100", "US"},
    {" +1 (415) 555-0100 ", "", "+14155550100", "US"},
    {"+1.415.555.0100", "GB", "+14155550100", "US"},
    {"whatsapp:+447400123456", "", "+447400123456", "GB"},
    {"+44 (0)7400 123456", "", "+447400123456", "GB"},
    {"07400 123456", "GB", "+447400123456", "GB"},
    {"(415) 555-0100", "US", "+14155550100", "US"},
    {"098765 43210", "IN", "+919876543210", "IN"},
    {"0044 7400 123456", "DE", "+447400123456", "GB"},
    {"+52 1 55 1234 5678", "", "+525512345678", "MX"},
};

struct bad {
    std::string_view text;
    std::string_view home;
    phone_fault fault;
};

std::ostream& operator<<(std::ostream& out, const bad& row) {
    return out << '"' << row.text.substr(0, 40) << "\" read in "
               << (row.home.empty() ? "none" : row.home) << ": " << to_string(row.fault);
}

constexpr std::string_view with_nul(
    "+1415555\0"
    "100",
    12
);

constexpr bad bad_e164[] = {
    {"", "", phone_fault::malformed},
    {"+", "", phone_fault::malformed},
    {"number", "", phone_fault::malformed},
    {"+1415555010x", "", phone_fault::malformed},
    {with_nul, "", phone_fault::malformed},
    {"whatsapp:+14155550100", "", phone_fault::malformed},
    {"14155550100", "", phone_fault::not_e164},
    {"+1 415 555 0100", "", phone_fault::not_e164},
    {" +14155550100", "", phone_fault::not_e164},
    {"+4407400123456", "", phone_fault::not_e164},  // with the national prefix
    {"+04155550100", "", phone_fault::not_e164},
    {"+12", "", phone_fault::not_e164},
    {"+1234567890123456", "", phone_fault::not_e164},  // more than 15 digits
    {"+1415555010", "", phone_fault::impossible},
    {"+11155550100", "", phone_fault::impossible},
    {"+9991234567", "", phone_fault::impossible},
    {"+210123456789", "", phone_fault::impossible},
};

constexpr bad bad_texts[] = {
    {"", "US", phone_fault::malformed},
    {"   ", "US", phone_fault::malformed},
    {"whatsapp:", "US", phone_fault::malformed},
    {"+", "US", phone_fault::malformed},
    {"1-800-FLOWERS", "US", phone_fault::malformed},
    {"+14155550100 x12", "", phone_fault::malformed},
    {"+1415+5550100", "", phone_fault::malformed},
    {"+14155550100,+14155550101", "", phone_fault::malformed},
    {"tel:+14155550100", "", phone_fault::malformed},
    {"415 555 0100", "", phone_fault::needs_region},
    {"14155550100", "", phone_fault::needs_region},
    {"555 0100", "US", phone_fault::impossible},
    {"112", "DE", phone_fault::impossible},
    {"+1 999", "", phone_fault::impossible},
    {"+52 1 1 55 1234 5678", "", phone_fault::impossible},  // would be read as two numbers in turn
};

// What is written to a file descriptor while this lives.
class captured {
public:
    explicit captured(int descriptor)
        : descriptor_(descriptor),
          saved_(::dup(descriptor)),
          file_(std::tmpfile()) {
        std::fflush(nullptr);
        ::dup2(::fileno(file_), descriptor_);
    }
    captured(const captured&) = delete;
    captured& operator=(const captured&) = delete;
    ~captured() {
        ::close(saved_);
        std::fclose(file_);
    }

    std::string end() {
        std::fflush(nullptr);
        ::dup2(saved_, descriptor_);
        std::string text(static_cast<std::size_t>(::lseek(::fileno(file_), 0, SEEK_END)), '\0');
        const auto got = ::pread(::fileno(file_), text.data(), text.size(), 0);
        BOOST_REQUIRE(got == static_cast<ssize_t>(text.size()));
        return text;
    }

private:
    int descriptor_;
    int saved_;
    std::FILE* file_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_number_in_e164_form)

BOOST_DATA_TEST_CASE(is_taken_as_it_stands, data::make(good_e164), row) {
    const auto number = phone_number::from_e164(row.text);
    BOOST_REQUIRE(number.has_value());
    BOOST_TEST(number->e164() == row.e164);
    BOOST_TEST(number->digits() == row.e164.substr(1));
    BOOST_TEST(number->region() == row.region);
}

BOOST_DATA_TEST_CASE(is_refused_with_the_reason, data::make(bad_e164), row) {
    const auto number = phone_number::from_e164(row.text);
    BOOST_REQUIRE(number.has_error());
    BOOST_TEST(to_string(number.error()) == to_string(row.fault));
}

BOOST_AUTO_TEST_CASE(is_shown_masked) {
    BOOST_TEST(phone_number::from_e164("+14155550100")->masked() == "+1415****100");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_number_as_people_write_it)

BOOST_DATA_TEST_CASE(is_read_into_e164_form, data::make(good_texts), row) {
    const auto number = phone_number::from_text(row.text, row.home);
    BOOST_REQUIRE(number.has_value());
    BOOST_TEST(number->e164() == row.e164);
    BOOST_TEST(number->region() == row.region);
    BOOST_TEST((phone_number::from_e164(number->e164()) == number));
}

BOOST_DATA_TEST_CASE(is_refused_with_the_reason, data::make(bad_texts), row) {
    const auto number = phone_number::from_text(row.text, row.home);
    BOOST_REQUIRE(number.has_error());
    BOOST_TEST(to_string(number.error()) == to_string(row.fault));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(libphonenumber)

BOOST_AUTO_TEST_CASE(writes_no_number_to_the_output_of_the_process) {
    captured out(STDOUT_FILENO);
    captured err(STDERR_FILENO);
    for (const auto& row : bad_e164)
        (void)phone_number::from_e164(row.text);
    for (const auto& row : bad_texts)
        (void)phone_number::from_text(row.text, row.home);
    (void)phone_number::from_text("415 555 0100", "XX");
    // Nothing of this makes every version of the library speak up, so its logger is used directly.
    auto& logger = *i18n::phonenumbers::Logger::mutable_logger_impl();
    logger.WriteLevel();
    logger.WriteMessage("+14155550100");
    const auto errors = err.end();
    const auto output = out.end();
    BOOST_TEST(errors == "");
    BOOST_TEST(output == "");
    BOOST_TEST(logger.level() < i18n::phonenumbers::LOG_FATAL);
}

BOOST_AUTO_TEST_SUITE_END()
