#include "verify/auth/key_gate.hpp"

#include "common/async/event.hpp"
#include "common/core/sha256.hpp"
#include "verify/auth/bearer.hpp"
#include "verify/store_fault.hpp"

#include <boost/asio/this_coro.hpp>

#include <optional>
#include <utility>

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

problem wrong_origin() {
    return {403, "origin_not_allowed", "pages of other sites may not call this"};
}

problem missing_scope(scope needed) {
    const auto name = std::string(to_string(needed));
    return {403, "missing_scope", "this API key may not be used for this: it needs scope " + name};
}

}  // namespace

struct key_gate::question {
    explicit question(asio::any_io_executor executor) : ended(std::move(executor)) {}

    event ended;
    bool is_over = false;
    std::optional<or_problem<key_owner>> found;
};

struct key_gate::end_of_question {
    ~end_of_question() {
        mine->is_over = true;
        mine->ended.notify();
        asked.erase(hash);
    }
    questions& asked;
    const key_hash& hash;
    const std::shared_ptr<question>& mine;
};

asio::awaitable<or_problem<key_owner>> key_gate::owner_of(std::string_view authorization) {
    const auto key = bearer_key(authorization);
    if (!key)
        co_return no_key();
    const auto hash = sha256(*key);
    while (true) {
        if (const auto* kept = cache_.find(hash, std::chrono::steady_clock::now()))
            co_return *kept;
        const auto under_way = asked_.find(hash);
        if (under_way == asked_.end())
            break;
        const auto another = under_way->second;
        while (!another->is_over)
            co_await another->ended.wait();
        if (another->found)
            co_return *another->found;
        // Its client has gone, and it with him.
    }
    const auto mine = std::make_shared<question>(co_await asio::this_coro::executor);
    const end_of_question at_end{asked_, hash, mine};
    asked_.emplace(hash, mine);
    mine->found = co_await look_up(hash);
    co_return *mine->found;
}

asio::awaitable<or_problem<key_owner>> key_gate::look_up(const key_hash& hash) {
    const auto now = std::chrono::steady_clock::now();
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
    if (!required_ && http::is_of_unlisted_site(origins_, request))
        co_return wrong_origin();
    if (!required_)
        co_return default_caller();
    auto owner = co_await owner_of(request.only_header("authorization"));
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
