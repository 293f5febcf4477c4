#include "common/postgres/conninfo.hpp"
#include "common/postgres/error.hpp"
#include "common/postgres/params.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <ostream>
#include <stdexcept>
#include <string>

using namespace otp;
using namespace otp::postgres;
using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::milliseconds;
namespace data = boost::unit_test::data;

namespace {

std::string hex(std::string_view raw) {
    std::string text;
    for (const char c : raw) {
        text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        text += "0123456789abcdef"[c & 15];
    }
    return text;
}

// The encoding of a single parameter.
template <class T>
std::string encoded(const T& one) {
    return hex(params(one).data());
}

template <class T>
T there_and_back(const T& one) {
    return type<T>::read(params(one).data());
}

struct job {
    uuid id;
    std::string number;
    std::optional<std::int32_t> ttl;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_parameter)

BOOST_AUTO_TEST_CASE(is_big_endian_as_the_server_expects) {
    BOOST_TEST(encoded(true) == "01");
    BOOST_TEST(encoded(std::int16_t{-2}) == "fffe");
    BOOST_TEST(encoded(std::int32_t{1}) == "00000001");
    BOOST_TEST(encoded(std::int64_t{-1}) == "ffffffffffffffff");
    BOOST_TEST(encoded("abc") == "616263");
    BOOST_TEST(encoded(std::vector<std::uint8_t>{0, 255}) == "00ff");
    BOOST_TEST(
        encoded(1500ms) == "000000000016e360"
                           "00000000"
                           "00000000"
    );
}

BOOST_AUTO_TEST_CASE(carries_the_type_number_of_its_c_plus_plus_type) {
    const std::vector<uuid> ids;
    const params all(1, std::string("x"), uuid{}, ids, std::optional<milliseconds>{});
    std::vector<oid> types;
    for (const auto& one : all.values())
        types.push_back(one.type);
    BOOST_TEST(
        types == (std::vector<oid>{23, 25, 2950, 2951, 1186}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(all.values().back().length == -1);
}

BOOST_AUTO_TEST_CASE(of_an_empty_array_has_no_dimension) {
    BOOST_TEST(
        encoded(std::vector<std::int32_t>{}) == "00000000"
                                                "00000000"
                                                "00000017"
    );
}

BOOST_AUTO_TEST_CASE(of_an_array_marks_its_nulls) {
    const std::vector<std::optional<std::int16_t>> shorts{std::int16_t{7}, std::nullopt};
    BOOST_TEST(
        encoded(shorts) == "00000001"
                           "00000001"
                           "00000015"
                           "00000002"
                           "00000001"
                           "00000002"
                           "0007"
                           "ffffffff"
    );
}

BOOST_AUTO_TEST_CASE(takes_one_column_of_a_batch_of_structs) {
    const std::vector<job> jobs{{uuid{}, "+1", 60}, {uuid{}, "+49", std::nullopt}};
    params with;
    with.add_array(jobs, &job::number).add_array(jobs, &job::ttl);
    const std::vector<std::string> numbers{"+1", "+49"};
    const std::vector<std::optional<std::int32_t>> lives{60, std::nullopt};
    BOOST_TEST(hex(with.data()) == hex(params(numbers, lives).data()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_timestamp)

BOOST_AUTO_TEST_CASE(counts_microseconds_from_the_year_2000) {
    const auto y2k = time_point(std::chrono::seconds(946'684'800));
    BOOST_TEST(encoded(y2k) == "0000000000000000");
    BOOST_TEST(encoded(y2k + 1us) == "0000000000000001");
    BOOST_TEST(encoded(y2k - 1us) == "ffffffffffffffff");
}

BOOST_AUTO_TEST_CASE(keeps_microseconds_before_and_after_2000) {
    for (const std::int64_t micros :
         {-1LL, 0LL, 1LL, 946'684'799'999'999LL, 1'763'000'000'123'456LL}) {
        const time_point at{microseconds(micros)};
        BOOST_TEST((there_and_back(at) == at));
    }
}

BOOST_AUTO_TEST_CASE(is_rounded_down_to_the_microsecond) {
    const time_point at{std::chrono::nanoseconds(-1)};
    BOOST_TEST((there_and_back(at) == time_point(microseconds(-1))));
}

BOOST_AUTO_TEST_CASE(has_infinity_at_both_ends) {
    BOOST_TEST(encoded(time_point::max()) == "7fffffffffffffff");
    BOOST_TEST((there_and_back(time_point::max()) == time_point::max()));
    BOOST_TEST((there_and_back(time_point::min()) == time_point::min()));
}

BOOST_AUTO_TEST_CASE(beyond_the_clock_is_read_as_its_end) {
    bytes year_5000;
    wire::put(year_5000, std::int64_t{94'670'000'000'000'000});
    BOOST_TEST((type<time_point>::read(year_5000) == time_point::max()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(an_interval)

BOOST_AUTO_TEST_CASE(comes_back_as_it_went) {
    for (const auto span : {0ms, 1ms, -1ms, milliseconds(90'061'001)})
        BOOST_TEST((there_and_back(span) == span));
}

BOOST_AUTO_TEST_CASE(counts_a_day_as_24_hours_and_refuses_months) {
    bytes two_days;
    wire::put(two_days, std::int64_t{5000});
    wire::put(two_days, std::int32_t{2});
    wire::put(two_days, std::int32_t{0});
    BOOST_TEST((type<milliseconds>::read(two_days) == 48h + 5ms));
    bytes month;
    wire::put(month, std::int64_t{0});
    wire::put(month, std::int32_t{0});
    wire::put(month, std::int32_t{1});
    BOOST_CHECK_THROW(type<milliseconds>::read(month), std::logic_error);
}

BOOST_AUTO_TEST_CASE(too_long_for_microseconds_is_a_bug) {
    params with;
    BOOST_CHECK_THROW(with.add(milliseconds::max()), std::out_of_range);
    BOOST_CHECK_THROW(with.add(milliseconds::min()), std::out_of_range);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(an_error)

BOOST_AUTO_TEST_CASE(of_bad_data_does_not_repeat_the_data) {
    BOOST_TEST(
        safe_message("22P02", "invalid input syntax for type inet: \"203.0.113.9 \" x\"") ==
        "22P02 invalid input syntax for type inet: \"...\""
    );
    BOOST_TEST(
        safe_message("22003", "value \"99\" is out of range") ==
        "22003 value \"...\" is out of range"
    );
}

BOOST_AUTO_TEST_CASE(of_another_kind_keeps_the_names) {
    BOOST_TEST(
        safe_message("23505", "duplicate key value violates unique constraint \"delivery_pkey\"") ==
        "23505 duplicate key value violates unique constraint \"delivery_pkey\""
    );
}

BOOST_AUTO_TEST_CASE(is_retryable_for_deadlock_and_serialization_failure_only) {
    using kind = error::kind;
    BOOST_TEST(error(kind::server, "40P01", "").is_retryable());
    BOOST_TEST(error(kind::server, "40001", "").is_retryable());
    BOOST_TEST(!error(kind::server, "23505", "").is_retryable());
    BOOST_TEST(!error(kind::connection, "").is_retryable());
    BOOST_TEST(error(kind::server, "23505", "").sqlstate_is("23505"));
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct example {
    const char* text;
    std::string targets;  // host|address|port|needs look-up
};

std::ostream& operator<<(std::ostream& os, const example& one) {
    return os << one.text;
}

const std::vector<example> examples{
    {"postgresql://u:p@db1,db2:5433/x", "db1|||yes db2||5433|yes "},
    {"postgresql://u@10.0.0.1:5432,[::1]:5433/x", "10.0.0.1||5432|no ::1||5433|no "},
    {"host=/run/postgresql dbname=x", "/run/postgresql|||no "},
    {"host=a,b port=6000", "a||6000|yes b||6000|yes "},
    {"host=a hostaddr=127.0.0.1", "a|127.0.0.1||no "},
    {"dbname=x", "|||no "},
    {"host=a,b,c port=1,2", "the lists of hosts, hostaddr and ports differ in length"},
    {"postgresql://u:secret-word", "a port is not a number"},
    {"host=a passw0rd=secret-word", "invalid connection option \"...\""},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_connection_string)

BOOST_DATA_TEST_CASE(names_its_servers_or_what_is_wrong, data::make(examples), one) {
    const auto parsed = conninfo::parse(secret(one.text));
    std::string seen;
    if (parsed)
        for (const auto& server : parsed->targets())
            seen += server.host + "|" + server.address + "|" + server.port + "|" +
                    (server.needs_lookup() ? "yes " : "no ");
    else
        seen = parsed.error();
    BOOST_TEST(seen.find("secret-word") == std::string::npos);
    BOOST_TEST(seen == one.targets);
}

BOOST_AUTO_TEST_SUITE_END()
