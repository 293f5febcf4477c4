#include "verify/read/read_verification.hpp"

#include "verify/problem.hpp"
#include "verify/store_fault.hpp"
#include "verify/store_limit.hpp"

namespace otp {

namespace asio = boost::asio;

asio::awaitable<http::server_answer> read_verification(
    verification_store& store,
    const http::server_request& request,
    const caller& who
) {
    const auto id = parse_uuid(request.captures.at("id"));
    if (!id)
        co_return answer_of(not_found("there is no verification with this id"));
    const auto at = store_deadline();
    auto body = co_await store.read_verification(who.tenant, *id, at);
    if (!body)
        co_return answer_of(store_fault("read_verification", body.error()));
    if (!*body)
        co_return answer_of(not_found("there is no verification with this id"));
    http::server_answer answer;
    answer.body = std::move(**body);
    co_return answer;
}

}  // namespace otp
