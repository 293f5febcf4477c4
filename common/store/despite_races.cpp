#include "common/store/despite_races.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr int most_tries = 5;

}  // namespace

bool lost_a_race(const postgres::error& why) {
    constexpr std::string_view unique_violation = "23505";
    return why.is_retryable() || why.sqlstate_is(unique_violation);
}

asio::awaitable<postgres::result<postgres::rows>> execute_despite_races(
    postgres::pool& database,
    const postgres::statement& what,
    const postgres::params& with,
    deadline at
) {
    for (int tries = 1;; ++tries) {
        auto answer = co_await database.execute(what, with, at);
        if (answer || tries == most_tries || !lost_a_race(answer.error()))
            co_return answer;
    }
}

}  // namespace otp
