#include "tests/integration/postgres_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::postgres;
using namespace otp::test;
using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

const uuid some_id = *parse_uuid("018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f");
const auto some_time = time_point(microseconds(1'763'000'000'123'456));
const auto before_2000 = time_point(microseconds(-1));  // 1969-12-31 23:59:59.999999

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_statement, needs_postgres)

BOOST_AUTO_TEST_CASE(gives_every_type_back_as_it_was_sent) {
    run([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        constexpr statement echo{"echo", "select $1, $2, $3, $4, $5, $6, $7, $8, $9"};
        const std::vector<std::uint8_t> raw{0, 1, 255, 0};
        const params sent(
            true,
            std::int16_t{-2},
            std::int32_t{-3},
            std::int64_t{1} << 40,
            "text \xC3\xA9",
            raw,
            some_id,
            some_time,
            milliseconds(-90'061'001)
        );
        const auto row = got(co_await server.execute(echo, sent, soon()));
        BOOST_TEST(row.size() == 1);
        BOOST_TEST(row.get<bool>(0, 0) == true);
        BOOST_TEST(row.get<std::int16_t>(0, 1) == -2);
        BOOST_TEST(row.get<std::int32_t>(0, 2) == -3);
        BOOST_TEST(row.get<std::int64_t>(0, 3) == std::int64_t{1} << 40);
        BOOST_TEST(row.get<std::string>(0, 4) == "text \xC3\xA9");
        BOOST_TEST((row.get<std::vector<std::uint8_t>>(0, 5) == raw));
        BOOST_TEST((row.get<uuid>(0, 6) == some_id));
        BOOST_TEST((row.get<time_point>(0, 7) == some_time));
        BOOST_TEST((row.get<milliseconds>(0, 8) == milliseconds(-90'061'001)));
    });
}

BOOST_AUTO_TEST_CASE(gives_arrays_with_nulls_back_as_they_were_sent) {
    run([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        constexpr statement echo{"echo", "select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10"};
        const std::vector<bool> flags{true, false};
        const std::vector<std::optional<std::int16_t>> shorts{std::int16_t{1}, std::nullopt};
        const std::vector<std::int32_t> ints{1, -2, 3};
        const std::vector<std::int64_t> none;
        const std::vector<std::optional<std::string>> texts{"a", std::nullopt, ""};
        const std::vector<std::vector<std::uint8_t>> blobs{{1, 2}, {}};
        const std::vector<uuid> ids{some_id, uuid{}};
        const std::vector<time_point> times{some_time, before_2000};
        const std::vector<milliseconds> spans{0ms, 86'400'000ms};
        const std::vector<std::optional<uuid>> nulls(3);
        const params sent(flags, shorts, ints, none, texts, blobs, ids, times, spans, nulls);
        const auto row = got(co_await server.execute(echo, sent, soon()));
        BOOST_TEST((row.get<std::vector<bool>>(0, 0) == flags));
        BOOST_TEST((row.get<std::vector<std::optional<std::int16_t>>>(0, 1) == shorts));
        BOOST_TEST((row.get<std::vector<std::int32_t>>(0, 2) == ints));
        BOOST_TEST((row.get<std::vector<std::int64_t>>(0, 3) == none));
        BOOST_TEST((row.get<std::vector<std::optional<std::string>>>(0, 4) == texts));
        BOOST_TEST((row.get<std::vector<std::vector<std::uint8_t>>>(0, 5) == blobs));
        BOOST_TEST((row.get<std::vector<uuid>>(0, 6) == ids));
        BOOST_TEST((row.get<std::vector<time_point>>(0, 7) == times));
        BOOST_TEST((row.get<std::vector<milliseconds>>(0, 8) == spans));
        BOOST_TEST((row.get<std::vector<std::optional<uuid>>>(0, 9) == nulls));
    });
}

BOOST_AUTO_TEST_CASE(means_by_its_values_what_the_server_understands) {
    run([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        constexpr statement words{
            "words",
            "select ($1 at time zone 'UTC')::text, $2::text, $3::text, $4::text, $5 = 'infinity'"};
        const std::vector<std::optional<std::string>> texts{"a b", std::nullopt};
        const params sent(before_2000, milliseconds(1500), some_id, texts, time_point::max());
        const auto row = got(co_await server.execute(words, sent, soon()));
        BOOST_TEST(row.get<std::string_view>(0, 0) == "1969-12-31 23:59:59.999999");
        BOOST_TEST(row.get<std::string_view>(0, 1) == "00:00:01.5");
        BOOST_TEST(row.get<std::string_view>(0, 2) == "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f");
        BOOST_TEST(row.get<std::string_view>(0, 3) == "{\"a b\",NULL}");
        BOOST_TEST(row.get<bool>(0, 4));
    });
}

BOOST_AUTO_TEST_CASE(takes_and_gives_null_of_each_type) {
    run([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        constexpr statement echo{
            "echo",
            "select $1, $2, $3, $4, $5, $6, $7, $8, $9, pg_typeof($9)::text"};
        const params sent(
            std::optional<bool>{},
            std::optional<std::int16_t>{},
            std::optional<std::int32_t>{},
            std::optional<std::int64_t>{},
            std::optional<std::string>{},
            std::optional<std::vector<std::uint8_t>>{},
            std::optional<uuid>{},
            std::optional<time_point>{},
            std::optional<milliseconds>{}
        );
        const auto row = got(co_await server.execute(echo, sent, soon()));
        for (int column = 0; column < 9; ++column)
            BOOST_TEST(row.is_null(0, column));
        BOOST_TEST(!row.get<std::optional<uuid>>(0, 6).has_value());
        BOOST_TEST(row.get<std::string>(0, 9) == "interval");
        BOOST_CHECK_THROW(row.get<uuid>(0, 6), std::logic_error);
        BOOST_CHECK_THROW(row.get<std::optional<bool>>(1, 0), std::logic_error);
    });
}

BOOST_AUTO_TEST_SUITE_END()
