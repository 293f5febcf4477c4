#include "common/store/pause_store.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr postgres::statement pauses_statement{
    "pauses",
    "select kind, name, reason from otp.pauses()"};

}  // namespace

asio::awaitable<postgres::result<std::vector<paused_one>>> pause_store::now(deadline at) {
    const postgres::params none;
    const auto found = co_await database_.execute(pauses_statement, none, at);
    if (!found)
        co_return found.error();
    std::vector<paused_one> all;
    for (int row = 0; row < found->size(); ++row) {
        paused_one one;
        one.kind = found->get<std::string>(row, 0);
        one.name = found->get<std::string>(row, 1);
        one.reason = found->get<std::string>(row, 2);
        all.push_back(std::move(one));
    }
    co_return all;
}

}  // namespace otp
