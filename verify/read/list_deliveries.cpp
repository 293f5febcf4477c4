#include "verify/read/list_deliveries.hpp"

#include "verify/read/list_query.hpp"
#include "verify/store_fault.hpp"
#include "verify/store_limit.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::string_view invalid_parameter_value = "22023";

problem wrong_cursor() {
    return invalid_request({{"cursor", "invalid_field", "expected next_cursor of the page before"}}
    );
}

}  // namespace

asio::awaitable<http::server_answer> list_deliveries(
    postgres::pool& database,
    const std::string& region,
    const http::server_request& request,
    const caller& who
) {
    const auto wanted = read_list_query(request.query, region);
    if (!wanted)
        co_return answer_of(wanted.error());
    const auto at = store_deadline();
    auto page = co_await list_deliveries(database, who.tenant, *wanted, at);
    if (page) {
        http::server_answer answer;
        answer.body = std::move(*page);
        co_return answer;
    }
    if (page.error().sqlstate_is(invalid_parameter_value))
        co_return answer_of(wrong_cursor());
    co_return answer_of(store_fault("list_deliveries", page.error()));
}

}  // namespace otp
