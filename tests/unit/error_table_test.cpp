#include "common/provider/error_table.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace otp;

namespace {

struct table_case {
    std::string heading;  // in docs/providers.md
    const error_table& table;
};

std::vector<table_case> all_tables() {
    return {
        {"### Twilio error codes", twilio_errors()},
        {"### Gupshup WhatsApp error codes", gupshup_whatsapp_errors()},
        {"### Gupshup SMS error codes", gupshup_sms_errors()},
        {"### Gupshup SMS delivery reports", gupshup_sms_report_errors()},
    };
}

std::string words_of(const error_row& row) {
    constexpr const char* places[] = {"answer", "receipt", "both"};
    constexpr const char* faults[] =
        {"none", "number", "config", "account", "blocked", "channel", "rate", "temporary", "doubt"};
    const auto word = [](bool allowed) { return allowed ? " | yes" : " | no"; };
    std::string words = "| " + std::string(row.code);
    words += std::string(" | ") + places[static_cast<int>(row.where)];
    words += std::string(" | ") + faults[static_cast<int>(row.why)];
    words += word(row.retry);
    words += word(row.fail_over);
    words += word(row.switch_channel);
    return words + " | " + std::string(row.meaning) + " |";
}

// The lines below the table head that follows `heading`.
std::vector<std::string> documented_rows(const std::string& heading) {
    std::ifstream page("docs/providers.md");
    if (!page)
        throw std::runtime_error(
            "docs/providers.md: cannot be read; tests run in the project's root"
        );
    std::vector<std::string> rows;
    std::string line;
    while (std::getline(page, line) && line != heading)
        ;
    while (std::getline(page, line) && !line.starts_with("#"))
        if (line.starts_with("| ") && !line.starts_with("| code "))
            rows.push_back(line);
    return rows;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(error_tables)

BOOST_AUTO_TEST_CASE(every_row_stands_on_the_providers_page_word_for_word) {
    for (const auto& [heading, table] : all_tables()) {
        const auto documented = documented_rows(heading);
        BOOST_TEST(documented.size() == table.rows.size(), heading);
        for (std::size_t i = 0; i < std::min(documented.size(), table.rows.size()); ++i)
            BOOST_TEST(words_of(table.rows[i]) == documented[i]);
    }
}

BOOST_AUTO_TEST_CASE(no_code_stands_twice_in_one_table) {
    for (const auto& [heading, table] : all_tables()) {
        std::set<std::string_view> seen;
        for (const error_row& row : table.rows)
            BOOST_TEST(seen.insert(row.code).second, heading + ": " + std::string(row.code));
    }
}

BOOST_AUTO_TEST_CASE(every_row_is_found_by_its_code_wherever_it_is_told) {
    for (const auto& [heading, table] : all_tables())
        for (const error_row& row : table.rows) {
            BOOST_TEST(&table.in_answer(row.code) == &row);
            BOOST_TEST(&table.in_receipt(row.code) == &row);
        }
}

BOOST_AUTO_TEST_CASE(what_is_blocked_is_never_asked_of_the_same_provider_again) {
    for (const auto& [heading, table] : all_tables())
        for (const error_row& row : table.rows)
            if (row.why == fault::blocked || row.why == fault::config ||
                row.why == fault::account || row.why == fault::number || row.why == fault::channel)
                BOOST_TEST(!row.retry, row.code);
}

// 30007 is the vendor's spam filter, which judges our sender and not the person.
BOOST_AUTO_TEST_CASE(what_is_blocked_is_no_reason_to_ask_another_provider_but_for_a_spam_filter) {
    for (const auto& [heading, table] : all_tables())
        for (const error_row& row : table.rows)
            if (row.why == fault::blocked)
                BOOST_TEST(row.fail_over == (row.code == "30007"), row.code);
}

BOOST_AUTO_TEST_CASE(pumping_blocks_end_the_delivery) {
    for (const char* code : {"30450", "30452", "30453", "60410"}) {
        const error_row& row = twilio_errors().in_receipt(code);
        BOOST_TEST(static_cast<int>(row.why) == static_cast<int>(fault::blocked), code);
        BOOST_TEST((!row.retry && !row.fail_over && !row.switch_channel), code);
    }
}

BOOST_AUTO_TEST_CASE(a_line_that_takes_no_sms_may_be_reached_by_another_channel_only) {
    for (const char* code : {"21614", "30006", "60205"}) {
        const error_row& row = twilio_errors().in_answer(code);
        BOOST_TEST((!row.retry && !row.fail_over && row.switch_channel), code);
    }
}

BOOST_AUTO_TEST_CASE(the_codes_of_a_whole_account_open_the_breaker) {
    for (const char* code : {"20003", "20005", "30002"})
        BOOST_TEST((twilio_errors().in_answer(code).why == fault::account), code);
    for (const char* code : {"102", "103", "104"})
        BOOST_TEST((gupshup_sms_errors().in_answer(code).why == fault::account), code);
}

BOOST_AUTO_TEST_CASE(an_unlisted_code_in_an_answer_is_our_fault_and_not_retried) {
    for (const auto& [heading, table] : all_tables()) {
        const error_row& row = table.in_answer("29999");
        BOOST_TEST((row.why == fault::config && !row.retry && row.fail_over && row.switch_channel));
    }
}

BOOST_AUTO_TEST_CASE(an_unlisted_code_in_a_receipt_is_passing) {
    for (const error_table* table : {&twilio_errors(), &gupshup_whatsapp_errors()}) {
        const error_row& row = table->in_receipt("39999");
        BOOST_TEST((row.why == fault::temporary && !row.retry && row.fail_over));
    }
}

BOOST_AUTO_TEST_CASE(leading_zeros_of_report_codes_count) {
    BOOST_TEST(gupshup_sms_report_errors().find("003") != nullptr);
    BOOST_TEST(gupshup_sms_report_errors().find("3") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
