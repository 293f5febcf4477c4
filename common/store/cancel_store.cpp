#include "common/store/cancel_store.hpp"

namespace otp {

namespace {

constexpr postgres::statement cancel{
    "cancel_verification",
    "select status, settled, number, purpose, \"user\", settled_at"
    " from otp.cancel_verification($1, $2)"};

}  // namespace

boost::asio::awaitable<postgres::result<std::optional<canceled_verification>>> cancel_pending(
    postgres::pool& database,
    const std::string& tenant,
    const uuid& id,
    deadline at
) {
    const postgres::params with(tenant, id);
    const auto found = co_await database.execute(cancel, with, at);
    if (!found)
        co_return found.error();
    std::optional<canceled_verification> became;
    if (!found->empty()) {
        became.emplace();
        became->status = found->get<std::string>(0, 0);
        became->settled_by_this = found->get<bool>(0, 1);
        became->number = found->get<std::string>(0, 2);
        became->purpose = found->get<std::string>(0, 3);
        became->user = found->get<std::optional<std::string>>(0, 4);
        became->settled_at = found->get<postgres::time_point>(0, 5);
    }
    co_return became;
}

}  // namespace otp
