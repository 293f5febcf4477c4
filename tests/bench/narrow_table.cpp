#include "tests/bench/narrow_table.hpp"

#include "common/postgres/connect.hpp"

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace otp::bench {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds patience{30};

constexpr postgres::statement insert_intents{
    "intents",
    "insert into narrow_send (id, number, tag) select * from unnest($1, $2, $3)"};

constexpr postgres::statement update_outcomes{
    "outcomes",
    "update narrow_send n set status = 1, sid = u.sid from unnest($1, $2) as u(id, sid) "
    "where n.id = u.id"};

constexpr postgres::statement update_checks{
    "checks",
    "update narrow_check n set tries = n.tries + 1, used = n.tag = u.tag "
    "from unnest($1, $2) as u(number, tag) "
    "where n.number = u.number and not n.used and n.tries < 5 returning n.number, n.used"};

deadline soon() {
    return std::chrono::steady_clock::now() + patience;
}

asio::awaitable<postgres::rows> run(
    postgres::connection& on,
    const postgres::statement& what,
    const postgres::params& with
) {
    auto done = co_await on.execute(what, with, soon());
    if (!done)
        throw std::runtime_error(std::string(what.name) + ": " + done.error().text());
    co_return std::move(*done);
}

void require(std::int64_t written, std::size_t wanted, const char* what) {
    if (written != static_cast<std::int64_t>(wanted))
        throw std::runtime_error(
            std::string(what) + ": " + std::to_string(written) + " rows of " +
            std::to_string(wanted) + " were written"
        );
}

}  // namespace

asio::awaitable<postgres::connection> connect_narrow() {
    const char* const address = std::getenv("DATABASE_URL");
    const secret conninfo(address == nullptr ? "" : address);
    postgres::connect_options options;
    options.application_name = "bench_probe";
    auto link = co_await postgres::connect(conninfo, options, soon());
    if (!link)
        throw std::runtime_error("DATABASE_URL: " + link.error().text());
    // A plan made while the table is empty would scan it for ever.
    auto done = co_await link->run_script(
        "set jit = off; set plan_cache_mode = force_generic_plan; set enable_seqscan = off; "
        "set enable_hashjoin = off; set enable_mergejoin = off; set enable_bitmapscan = off",
        soon()
    );
    if (!done)
        throw std::runtime_error(done.error().text());
    co_return std::move(*link);
}

asio::awaitable<void> store_intents(postgres::connection& on, const std::vector<narrow_job>& jobs) {
    postgres::params with;
    with.add_array(jobs, &narrow_job::id)
        .add_array(jobs, &narrow_job::number)
        .add_array(jobs, &narrow_job::tag);
    const auto done = co_await run(on, insert_intents, with);
    require(done.affected(), jobs.size(), "intents");
}

asio::awaitable<void> store_outcomes(
    postgres::connection& on,
    const std::vector<narrow_job>& jobs
) {
    postgres::params with;
    with.add_array(jobs, &narrow_job::id).add_array(jobs, &narrow_job::sid);
    const auto done = co_await run(on, update_outcomes, with);
    require(done.affected(), jobs.size(), "outcomes");
}

asio::awaitable<std::vector<std::int64_t>> store_checks(
    postgres::connection& on,
    const std::vector<narrow_check>& checks
) {
    postgres::params with;
    with.add_array(checks, &narrow_check::number).add_array(checks, &narrow_check::tag);
    const auto done = co_await run(on, update_checks, with);
    std::vector<std::int64_t> right;
    for (int row = 0; row < done.size(); ++row)
        if (done.get<bool>(row, 1))
            right.push_back(done.get<std::int64_t>(row, 0));
    co_return right;
}

}  // namespace otp::bench
