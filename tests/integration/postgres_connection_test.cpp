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
    run_to_end([this]() -> asio::awaitable<void> {
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
    run_to_end([this]() -> asio::awaitable<void> {
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
    run_to_end([this]() -> asio::awaitable<void> {
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
    run_to_end([this]() -> asio::awaitable<void> {
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

BOOST_AUTO_TEST_CASE(read_as_another_type_is_a_bug) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        constexpr statement some{"some", "select 1, 'a'::varchar, array[1, null]"};
        const params none;
        const auto row = got(co_await server.execute(some, none, soon()));
        BOOST_CHECK_THROW(row.get<std::int64_t>(0, 0), std::logic_error);
        BOOST_CHECK_THROW(row.get<std::string>(0, 0), std::logic_error);
        BOOST_CHECK_THROW(row.get<std::vector<std::int32_t>>(0, 2), std::logic_error);
        BOOST_CHECK_THROW(row.get<std::int32_t>(0, 3), std::logic_error);
        BOOST_TEST(row.get<std::string>(0, 1) == "a");
    });
}

BOOST_AUTO_TEST_CASE(carries_eight_mebibytes_both_ways) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        constexpr statement echo{"echo_bytes", "select $1, length($1)"};
        std::vector<std::uint8_t> large(8U << 20);
        for (std::size_t i = 0; i < large.size(); ++i)
            large[i] = static_cast<std::uint8_t>(i * 31 >> 3);
        const params sent(large);
        const auto row = got(co_await server.execute(echo, sent, soon()));
        BOOST_TEST(row.get<std::int32_t>(0, 1) == 8 << 20);
        BOOST_TEST((row.get<std::vector<std::uint8_t>>(0, 0) == large));
    });
}

BOOST_AUTO_TEST_CASE(that_is_refused_gives_sqlstate_and_primary_message_only) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        const std::string table = "create temp table once (number text primary key)";
        fine(co_await server.run_script(table, soon()));
        constexpr statement insert{"insert", "insert into once values ($1)"};
        const params number("+14155550100");
        const auto first = got(co_await server.execute(insert, number, soon()));
        BOOST_TEST(first.affected() == 1);
        const auto second = co_await server.execute(insert, number, soon());
        BOOST_REQUIRE(!second.has_value());
        BOOST_TEST((second.error().what() == error::kind::server));
        BOOST_TEST(second.error().sqlstate_is("23505"));
        BOOST_TEST(!second.error().outcome_is_unknown());
        BOOST_TEST(
            second.error().text() ==
            "insert: 23505 duplicate key value violates unique constraint \"once_pkey\""
        );
        BOOST_TEST(server.alive());
    });
}

BOOST_AUTO_TEST_CASE(that_is_refused_for_its_data_does_not_repeat_the_data) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        constexpr statement cast{"cast", "select $1::inet"};
        const params address("203.0.113.9 and a code 123456");
        const auto refused = co_await server.execute(cast, address, soon());
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST(
            refused.error().text() == "cast: 22P02 invalid input syntax for type inet: \"...\""
        );
    });
}

BOOST_AUTO_TEST_CASE(is_prepared_once_and_again_where_the_server_forgot) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        constexpr statement counted{
            "counted",
            "select count(*) from pg_prepared_statements where name = 'counted'"};
        const params none;
        const std::string forget = "deallocate all";
        for (int i = 0; i < 4; ++i) {
            const auto seen = got(co_await server.execute(counted, none, soon()));
            BOOST_TEST(seen.get<std::int64_t>(0, 0) == 1);
            if (i == 1)
                fine(co_await server.run_script(forget, soon()));
        }
    });
}

BOOST_AUTO_TEST_CASE(is_prepared_again_where_a_migration_changed_its_result) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        const std::string make = "create temp table shape (x int); insert into shape values (1)";
        const std::string change = "alter table shape add y text default 'new'";
        constexpr statement all{"all", "select * from shape"};
        const params none;
        fine(co_await server.run_script(make, soon()));
        BOOST_TEST(got(co_await server.execute(all, none, soon())).columns() == 1);
        fine(co_await server.run_script(change, soon()));
        BOOST_TEST(got(co_await server.execute(all, none, soon())).columns() == 2);
    });
}

BOOST_AUTO_TEST_CASE(that_is_refused_at_its_commit_is_an_error) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        const std::string make_pairs =
            "create temp table pairs (x int unique deferrable initially deferred)";
        fine(co_await server.run_script(make_pairs, soon()));
        constexpr statement insert{"insert", "insert into pairs values ($1), ($1)"};
        constexpr statement count{"count", "select count(*) from pairs"};
        const params twice(1);
        const params none;
        for (int round = 1; round <= 2; ++round) {  // prepared by the first
            const auto refused = co_await server.execute(insert, twice, soon());
            BOOST_REQUIRE(!refused.has_value());
            BOOST_TEST(refused.error().sqlstate() == "23505");
            BOOST_TEST(refused.error().text().starts_with("commit: "));
            const auto left = got(co_await server.execute(count, none, soon()));
            BOOST_TEST(left.get<std::int64_t>(0, 0) == 0);
        }
    });
}

BOOST_AUTO_TEST_CASE(under_the_name_of_another_is_a_bug) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        constexpr statement first{"same", "select $1"};
        constexpr statement other{"same", "select $1 + 1"};
        const params number(1);
        const params text("a");
        got(co_await server.execute(first, number, soon()));
        int bugs = 0;
        try {
            co_await server.execute(other, number, soon());
        } catch (const std::logic_error&) {
            ++bugs;
        }
        try {
            co_await server.execute(first, text, soon());
        } catch (const std::logic_error&) {
            ++bugs;
        }
        BOOST_TEST(bugs == 2);
        got(co_await server.execute(first, number, soon()));
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_script, needs_postgres)

BOOST_AUTO_TEST_CASE(stops_at_the_first_error_and_leaves_the_connection_usable) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        const std::string script = "create temp table never (x int); select 1 / 0; select 2";
        const auto refused = co_await server.run_script(script, soon());
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST(refused.error().text() == "script: 22012 division by zero");
        constexpr statement there{"there", "select to_regclass('never') is null"};
        const params none;
        BOOST_TEST(got(co_await server.execute(there, none, soon())).get<bool>(0, 0));
    });
}

BOOST_AUTO_TEST_CASE(may_be_empty) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        const std::string nothing;
        fine(co_await server.run_script(nothing, soon()));
        BOOST_TEST(server.alive());
    });
}

BOOST_AUTO_TEST_CASE(with_copy_is_a_bug_and_ends_the_connection) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto server = co_await connect();
        const std::string script = "copy (select 1) to stdout";
        bool bug = false;
        try {
            co_await server.run_script(script, soon());
        } catch (const std::logic_error&) {
            bug = true;
        }
        BOOST_TEST(bug);
        BOOST_TEST(!server.alive());
    });
}

BOOST_AUTO_TEST_SUITE_END()
