#include "common/core/rfc3339.hpp"
#include "verify/read/list_query.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace {

using namespace otp;

delivery_filter read(std::string_view query, std::string_view region = "") {
    auto filter = read_list_query(query, region);
    BOOST_TEST_REQUIRE(filter.has_value(), query);
    return std::move(*filter);
}

std::map<std::string, std::string> faults(std::string_view query, std::string_view region = "") {
    const auto filter = read_list_query(query, region);
    BOOST_TEST_REQUIRE(!filter.has_value(), query);
    const auto why = filter.error();
    BOOST_TEST(why.status == 400U);
    std::map<std::string, std::string> all;
    for (const auto& one : why.errors)
        all.emplace(one.field, one.code);
    return all;
}

using fields = std::map<std::string, std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(verify_list)

BOOST_AUTO_TEST_CASE(without_a_query_the_newest_fifty_are_listed) {
    const auto all = read("");
    BOOST_TEST(all.limit == 50);
    BOOST_TEST(!all.status.has_value());
    BOOST_TEST(!all.to.has_value());
    BOOST_TEST(!all.cursor.has_value());
}

BOOST_AUTO_TEST_CASE(every_filter_is_read) {
    const auto all =
        read("status=delivered&provider=twilio&purpose=login&user=u%201&to=%2B14155552671"
             "&created_after=2026-11-20T10:15:30Z&created_before=2026-11-21T10:15:30.250Z&limit=200"
             "&cursor=1795232094393000_018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f");
    BOOST_TEST(all.status.value() == "delivered");
    BOOST_TEST(all.provider.value() == "twilio");
    BOOST_TEST(all.purpose.value() == "login");
    BOOST_TEST(all.user.value() == "u 1");
    BOOST_TEST(all.to.value() == "+14155552671");
    BOOST_TEST(format_rfc3339(all.created_after.value()) == "2026-11-20T10:15:30.000Z");
    BOOST_TEST(format_rfc3339(all.created_before.value()) == "2026-11-21T10:15:30.250Z");
    BOOST_TEST(all.limit == 200);
    BOOST_TEST(all.cursor.value() == "1795232094393000_018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f");
}

BOOST_AUTO_TEST_CASE(a_plus_may_be_sent_as_it_is) {
    BOOST_TEST(read("to=+14155552671").to.value() == "+14155552671");
    const auto time = read("created_after=2026-11-20T11:15:30+01:00").created_after;
    BOOST_TEST(format_rfc3339(time.value()) == "2026-11-20T10:15:30.000Z");
}

BOOST_AUTO_TEST_CASE(a_number_without_plus_is_read_in_the_default_region) {
    BOOST_TEST(read("to=4155552671", "US").to.value() == "+14155552671");
    BOOST_TEST(read("to=(415)+555-2671", "US").to.value() == "+14155552671");
    BOOST_TEST((faults("to=4155552671") == fields{{"to", "invalid_field"}}));
}

BOOST_AUTO_TEST_CASE(a_value_that_cannot_be_is_refused_by_its_name) {
    for (const auto* one :
         {"status=lost",
          "status=",
          "status=Delivered",
          "provider=twillio",
          "purpose=A",
          "purpose=",
          "user=",
          "user=%FF",
          "to=12",
          "to=",
          "to=%2B1415",
          "created_after=yesterday",
          "created_after=2026-11-20",
          "created_before=1795232094",
          "limit=0",
          "limit=201",
          "limit=-1",
          "limit=1.5",
          "limit=ten",
          "limit=",
          "limit=99999999999999999999",
          "cursor=",
          "cursor=1",
          "cursor=_018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f",
          "cursor=1_018f6f5e",
          "cursor=x_018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f",
          "cursor=123456789012345678_018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f"}) {
        const std::string text(one);
        const auto name = text.substr(0, text.find('='));
        BOOST_TEST((faults(text) == fields{{name, "invalid_field"}}), text);
    }
    const std::string long_user = "user=" + std::string(129, 'u');
    BOOST_TEST((faults(long_user) == fields{{"user", "invalid_field"}}));
}

BOOST_AUTO_TEST_CASE(which_times_there_are_is_said_of_one_that_no_clock_here_can_hold) {
    const auto why = read_list_query("created_before=9999-12-31T23:59:59Z", "").error();
    BOOST_TEST(
        why.errors.at(0).detail ==
        "expected a time such as 2026-11-20T10:15:30Z (RFC 3339) of the years 1678 to 2261"
    );
}

BOOST_AUTO_TEST_CASE(what_a_limit_may_be_is_said) {
    const auto why = read_list_query("limit=201", "").error();
    BOOST_TEST(why.errors.at(0).detail == "expected a whole number from 1 to 200");
}

BOOST_AUTO_TEST_CASE(unknown_and_repeated_filters_are_refused_beside_wrong_ones) {
    const fields expected{
        {"colour", "unknown_field"},
        {"status", "duplicate_field"},
        {"limit", "invalid_field"}};
    BOOST_TEST((faults("status=sent&colour=red&status=sent&limit=x") == expected));
    BOOST_TEST((faults("Status=sent") == fields{{"Status", "unknown_field"}}));
}

BOOST_AUTO_TEST_CASE(a_query_that_cannot_be_decoded_is_refused) {
    for (const auto* broken : {"to=%2", "to=%zz", "=1", "user=%00"})
        BOOST_TEST((faults(broken) == fields{{"query", "invalid_field"}}), broken);
}

BOOST_AUTO_TEST_CASE(no_digit_of_an_unknown_name_is_repeated) {
    const auto why = read_list_query("123456=1", "").error();
    BOOST_TEST(answer_of(why).body.find("123456") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
