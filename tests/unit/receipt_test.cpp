#include "common/provider/error_table.hpp"
#include "common/provider/receipt.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

namespace {

struct receipt_case {
    std::string_view provider;
    channel by;
    std::string_view status;
    receipt_status meaning;
};

constexpr auto sms = channel::sms;
constexpr auto whatsapp = channel::whatsapp;
using enum receipt_status;

constexpr receipt_case words[] = {
    {"twilio", sms, "accepted", accepted},
    {"twilio", sms, "scheduled", accepted},
    {"twilio", sms, "queued", accepted},
    {"twilio", sms, "sending", accepted},
    {"twilio", sms, "sent", accepted},
    {"twilio", sms, "delivered", delivered},
    {"twilio", whatsapp, "read", delivered},
    {"twilio", sms, "undelivered", undelivered},
    {"twilio", sms, "failed", undelivered},
    {"twilio", sms, "canceled", undelivered},
    {"twilio", sms, "receiving", ignored},
    {"twilio", sms, "received", ignored},
    {"twilio", sms, "partially_delivered", ignored},
    {"twilio", sms, "", ignored},
    {"twilio", sms, "invented", ignored},
    {"gupshup", whatsapp, "submitted", accepted},
    {"gupshup", whatsapp, "enqueued", accepted},
    {"gupshup", whatsapp, "sent", accepted},
    {"gupshup", whatsapp, "delivered", delivered},
    {"gupshup", whatsapp, "read", delivered},
    {"gupshup", whatsapp, "failed", undelivered},
    {"gupshup", whatsapp, "deleted", ignored},
    {"gupshup", sms, "SUCCESS", delivered},
    {"gupshup", sms, "DELIVERED", delivered},
    {"gupshup", sms, "FAILURE", undelivered},
    {"gupshup", sms, "FAILED", undelivered},
    {"gupshup", sms, "UNKNOWN", ignored},
    {"gupshup", sms, "read", ignored},
    {"gupshup", channel::voice, "delivered", ignored},
    {"nobody", sms, "delivered", ignored},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(receipts)

BOOST_AUTO_TEST_CASE(every_status_word_has_its_meaning) {
    for (const receipt_case& c : words)
        BOOST_TEST(
            (classify_receipt(c.provider, c.by, c.status, "").status == c.meaning),
            std::string(c.provider) << ' ' << c.status
        );
}

BOOST_AUTO_TEST_CASE(are_kept_and_counted_by_the_word_of_their_status) {
    BOOST_TEST(to_string(accepted) == "accepted");
    BOOST_TEST(to_string(delivered) == "delivered");
    BOOST_TEST(to_string(undelivered) == "undelivered");
    BOOST_TEST(to_string(ignored) == "ignored");
}

BOOST_AUTO_TEST_CASE(a_failure_means_what_its_code_means_in_the_providers_table) {
    struct source {
        std::string_view provider;
        channel by;
        std::string_view status;
        const error_table& table;
    };
    const source sources[] = {
        {"twilio", sms, "undelivered", twilio_errors()},
        {"twilio", whatsapp, "failed", twilio_errors()},
        {"gupshup", whatsapp, "failed", gupshup_whatsapp_errors()},
        {"gupshup", sms, "FAILURE", gupshup_sms_report_errors()},
    };
    for (const source& from : sources)
        for (const error_row& row : from.table.rows) {
            const receipt_meaning expected{undelivered, row.why, row.fail_over, row.switch_channel};
            const auto got = classify_receipt(from.provider, from.by, from.status, row.code);
            BOOST_TEST((got == expected), from.provider << ' ' << row.code);
        }
}

BOOST_AUTO_TEST_CASE(a_failure_without_a_code_is_passing) {
    const receipt_meaning expected{undelivered, fault::temporary, true, true};
    BOOST_TEST((classify_receipt("twilio", sms, "failed", "") == expected));
    BOOST_TEST((classify_receipt("gupshup", whatsapp, "failed", "99999999999") == expected));
}

BOOST_AUTO_TEST_CASE(an_unlisted_code_of_the_sms_gateway_is_our_template_or_header) {
    const receipt_meaning expected{undelivered, fault::config, true, true};
    BOOST_TEST((classify_receipt("gupshup", sms, "FAILED", "TEMPLATE_MISMATCH") == expected));
    BOOST_TEST((classify_receipt("gupshup", sms, "FAILED", "000") == expected));
}

BOOST_AUTO_TEST_CASE(a_code_beside_good_news_changes_nothing) {
    const receipt_meaning expected{delivered, fault::none, false, false};
    BOOST_TEST((classify_receipt("twilio", sms, "delivered", "30018") == expected));
    BOOST_TEST((classify_receipt("gupshup", sms, "SUCCESS", "000") == expected));
}

BOOST_AUTO_TEST_CASE(a_message_somebody_canceled_is_not_sent_again) {
    const receipt_meaning expected{undelivered, fault::none, false, false};
    BOOST_TEST((classify_receipt("twilio", sms, "canceled", "") == expected));
}

BOOST_AUTO_TEST_SUITE_END()
