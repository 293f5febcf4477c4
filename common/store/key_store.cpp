#include "common/store/key_store.hpp"

namespace otp {

namespace {

constexpr postgres::statement find_key{
    "find_api_key",
    "select tenant, scopes from otp.find_api_key($1)"};

}  // namespace

boost::asio::awaitable<postgres::result<std::optional<key_owner>>> find_api_key(
    postgres::pool& database,
    key_hash hash,
    deadline at
) {
    const postgres::params with(hash);
    const auto found = co_await database.execute(find_key, with, at);
    if (!found)
        co_return found.error();
    std::optional<key_owner> owner;
    if (!found->empty()) {
        owner.emplace();
        owner->tenant = found->get<std::string>(0, 0);
        owner->scopes = found->get<std::vector<std::string>>(0, 1);
    }
    co_return owner;
}

}  // namespace otp
