#include "verify/auth/key_gate.hpp"

#include "verify/auth/bearer.hpp"
#include "verify/store_fault.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds look_up_limit{3};

problem no_key() {
    return {401, "missing_key", "expected an API key: Authorization: Bearer KEY"};
}

problem unknown_key() {
    return {401, "unknown_key", "this API key is unknown or was revoked"};
}

problem missing_scope(scope needed) {
    const auto name = std::string(to_string(needed));
    return {403, "missing_scope", "this API key may not be used for this: it needs scope " + name};
}

}  // namespace

asio::awaitable<or_problem<key_owner>> key_gate::owner_of(std::string_view authorization) {
    const auto key = bearer_key(authorization);
    if (!key)
        co_return no_key();
    const auto hash = hash_key(*key);
    const auto now = std::chrono::steady_clock::now();
    if (const auto* kept = cache_.find(hash, now))
        co_return *kept;
    auto found = co_await find_api_key(database_, hash, now + look_up_limit);
    if (!found)
        co_return store_fault("find_api_key", found.error());
    if (!*found)
        co_return unknown_key();
    cache_.keep(hash, **found, now);
    co_return std::move(**found);
}

asio::awaitable<or_problem<caller>> key_gate::admit(
    const http::server_request& request,
    scope needed
) {
    if (!required_)
        co_return default_caller();
    auto owner = co_await owner_of(request.header("authorization"));
    if (!owner)
        co_return owner.error();
    caller who{std::move(owner->tenant), std::move(owner->scopes)};
    if (!who.may(needed))
        co_return missing_scope(needed);
    co_return who;
}

http::server_answer refusal_of(const problem& why) {
    auto answer = answer_of(why);
    if (why.status == 401)
        answer.headers.emplace_back(
            "WWW-Authenticate",
            why.code == "missing_key" ? "Bearer" : "Bearer error=\"invalid_token\""
        );
    return answer;
}

}  // namespace otp
