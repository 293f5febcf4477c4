#include "common/core/rfc3339.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

// Nanoseconds since 1970, by `date -u +%s%N`.
struct good {
    std::string_view text;
    std::int64_t nanoseconds;
};

std::ostream& operator<<(std::ostream& out, const good& row) {
    return out << row.text;
}

constexpr good good_times[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2026-11-20T10:15:30Z", 1795169730'000000000},
    {"2026-11-20T10:15:30.250Z", 1795169730'250000000},
    {"2026-11-20t10:15:30.25z", 1795169730'250000000},
    {"2026-11-20T10:15:30.123456789Z", 1795169730'123456789},
    {"2026-11-20T10:15:30.1234567899999Z", 1795169730'123456789},
    {"2026-11-20T11:15:30+01:00", 1795169730'000000000},
    {"2026-11-20T04:45:30-05:30", 1795169730'000000000},
    {"2026-11-21T00:15:30+14:00", 1795169730'000000000},
    {"2026-11-20T10:15:30-00:00", 1795169730'000000000},
    {"2024-02-29T00:00:00Z", 1709164800'000000000},
    {"2016-12-31T23:59:60Z", 1483228800'000000000},
    {"1969-12-31T23:59:59.999Z", -1000000},
};

constexpr std::string_view bad_times[] = {
    "",
    "now",
    "2026-11-20",
    "2026-11-20T10:15:30",
    "2026-11-20 10:15:30Z",
    "2026-11-20T10:15Z",
    "2026-11-20T10:15:30.Z",
    "2026-11-20T10:15:30,5Z",
    "2026-11-20T10:15:30Zx",
    "2026-11-20T10:15:30+0100",
    "2026-11-20T10:15:30+01",
    "2026-11-20T10:15:30+24:00",
    "2026-11-20T10:15:30+01:60",
    "2026-11-20T24:00:00Z",
    "2026-11-20T10:60:00Z",
    "2026-11-20T10:15:61Z",
    "2026-13-20T10:15:30Z",
    "2026-00-20T10:15:30Z",
    "2026-11-31T10:15:30Z",
    "2026-11-00T10:15:30Z",
    "2025-02-29T10:15:30Z",
    "26-11-20T10:15:30Z",
    "+026-11-20T10:15:30Z",
    "2026-1 -20T10:15:30Z",
    "0000-01-01T00:00:00Z",
    "2262-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
};

std::chrono::system_clock::time_point at(std::int64_t nanoseconds) {
    return std::chrono::system_clock::time_point(std::chrono::nanoseconds(nanoseconds));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_time_in_rfc_3339)

BOOST_DATA_TEST_CASE(is_read, data::make(good_times), row) {
    const auto time = parse_rfc3339(row.text);
    BOOST_REQUIRE(time.has_value());
    BOOST_TEST(time->time_since_epoch().count() == row.nanoseconds);
}

BOOST_DATA_TEST_CASE(is_empty_where_it_is_not_one, data::make(bad_times), text) {
    BOOST_TEST(!parse_rfc3339(text).has_value());
}

BOOST_AUTO_TEST_CASE(is_read_to_the_ends_of_the_years_that_there_are) {
    BOOST_TEST((parse_rfc3339("1678-01-01T00:00:00+23:59") == at(-9214646340'000000000)));
    BOOST_TEST((parse_rfc3339("2261-12-31T23:59:60-23:59") == at(9214732740'000000000)));
    BOOST_TEST(!parse_rfc3339("1677-12-31T23:59:59Z").has_value());
}

BOOST_AUTO_TEST_CASE(is_written_with_milliseconds) {
    BOOST_TEST(format_rfc3339(at(0)) == "1970-01-01T00:00:00.000Z");
    BOOST_TEST(format_rfc3339(at(1795169730'250000000)) == "2026-11-20T10:15:30.250Z");
    BOOST_TEST(format_rfc3339(at(-1000000)) == "1969-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_CASE(is_written_with_nanoseconds_where_it_has_them) {
    BOOST_TEST(format_rfc3339(at(1795169730'000000001)) == "2026-11-20T10:15:30.000000001Z");
}

BOOST_DATA_TEST_CASE(is_read_back_as_it_was_written, data::make(good_times), row) {
    BOOST_TEST((parse_rfc3339(format_rfc3339(at(row.nanoseconds))) == at(row.nanoseconds)));
}

BOOST_AUTO_TEST_SUITE_END()
