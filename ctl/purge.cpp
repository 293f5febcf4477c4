#include "common/async/run.hpp"
#include "common/config/shared_settings.hpp"
#include "common/json/json_writer.hpp"
#include "ctl/flags.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"

#include <cstdint>
#include <iostream>

namespace otp {

namespace asio = boost::asio;
using postgres::params;
using postgres::statement;

namespace {

constexpr std::int32_t rows_at_once = 5000;
constexpr int tries_to_drop = 50;
constexpr std::chrono::milliseconds pause_of_tries{200};

constexpr statement now_statement{"purge_now", "select now()"};

constexpr statement purge_statement{"purge_rows", "select otp.purge_rows($1, $2, $3)"};

constexpr statement partitions_statement{
    "expired_partitions",
    "select name from otp.expired_partitions($1) as name"};

constexpr statement drop_statement{
    "drop_expired_partitions",
    "select otp.drop_expired_partitions($1)"};

constexpr statement pauses_statement{"purge_pauses", "select otp.purge_pauses($1)"};

constexpr statement count_statement{
    "purge_count",
    "select count(*) from audit.delivery where created_at < now() - make_interval(days => $1)"};

struct purged {
    std::int64_t rows = 0;
    std::vector<std::string> partitions;
};

// It gives up soon where a reader is in the way, so that writers do not wait behind it: again,
// then.
asio::awaitable<void> drop_partitions(postgres::connection& database, params keep) {
    for (int tried = 1;; ++tried) {
        const auto at = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        const auto done = co_await database.execute(drop_statement, keep, at);
        if (done)
            co_return;
        if (!done.error().sqlstate_is("55P03") || tried == tries_to_drop)
            throw exit_with(
                exit_code::unavailable,
                "days of events could not be dropped: " + done.error().text() + "; run purge again"
            );
        co_await sleep_for(pause_of_tries);
    }
}

asio::awaitable<void> purge(settings& from, std::int32_t days, bool dry, purged& done) {
    postgres::connection database = co_await connect_database(from);
    const params keep(days);
    const auto expired = co_await ask(database, partitions_statement, keep);
    for (int row = 0; row < expired.size(); ++row)
        done.partitions.push_back(expired.get<std::string>(row, 0));
    if (dry) {
        const auto count = co_await ask(database, count_statement, keep, whole_table_limit);
        done.rows = count.get<std::int64_t>(0, 0);
        co_return;
    }
    const params none;
    const auto now = co_await ask(database, now_statement, none);
    const params piece(days, rows_at_once, now.get<postgres::time_point>(0, 0));
    for (std::int32_t gone = 1; gone != 0;) {
        const auto answer = co_await ask(database, purge_statement, piece);
        gone = answer.get<std::int32_t>(0, 0);
        done.rows += gone;
    }
    const auto pauses = co_await ask(database, pauses_statement, keep);
    done.rows += pauses.get<std::int32_t>(0, 0);
    co_await drop_partitions(database, keep);
}

void print(const purged& done, std::int32_t days, bool dry, bool json) {
    if (!json) {
        std::cout << done.rows << (dry ? " requests would be deleted" : " rows deleted") << ", "
                  << done.partitions.size() << " days of events"
                  << (dry ? " would be dropped" : " dropped") << "; kept are " << days << " days\n";
        return;
    }
    json_writer to;
    to.member("dry_run", dry).member("days", days).member(dry ? "requests" : "rows", done.rows);
    to.open_array("partitions");
    for (const auto& name : done.partitions)
        to.item(name);
    to.close_array();
    std::cout << to.take() << "\n";
}

}  // namespace

exit_code run_purge(settings& from, const std::vector<std::string>& words) {
    const flags given(words, {"--days"}, {"--dry-run", "--json"});
    if (!given.words().empty())
        throw exit_with(exit_code::usage, "purge takes flags only, not " + given.words().front());
    const std::int32_t days = given.whole("--days", 1, 3650, read_retention_days(from));
    const bool dry = given.has("--dry-run");
    purged done;
    run_to_end([&] { return purge(from, days, dry, done); });
    print(done, days, dry, given.has("--json"));
    return exit_code::fine;
}

}  // namespace otp
