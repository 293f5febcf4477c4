#include "common/store/delivery_list.hpp"

namespace otp {

namespace {

constexpr postgres::statement list{
    "list_deliveries",
    "select otp.list_deliveries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)::text"};

}  // namespace

boost::asio::awaitable<postgres::result<std::string>> list_deliveries(
    postgres::pool& database,
    const std::string& tenant,
    const delivery_filter& filter,
    deadline at
) {
    postgres::params with(tenant, filter.status, filter.provider, filter.purpose, filter.user);
    with.add(filter.to).add(filter.created_after).add(filter.created_before);
    with.add(filter.limit).add(filter.cursor);
    const auto page = co_await database.execute(list, with, at);
    if (!page)
        co_return page.error();
    co_return page->get<std::string>(0, 0);
}

}  // namespace otp
