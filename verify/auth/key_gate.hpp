#pragma once

#include "common/http/cors.hpp"
#include "common/http/server.hpp"
#include "common/postgres/pool.hpp"
#include "verify/auth/caller.hpp"
#include "verify/auth/key_cache.hpp"
#include "verify/problem.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <utility>

namespace otp {

// Tells on whose behalf a request comes, or why it is refused: 401 without a living key, 403 where
// the key may not be used for this, 503 where that cannot be found out. Where no key is required,
// everybody is let in but the pages of other sites that are not in `origins` (403): a browser on
// this machine would else call for whatever page it is shown.
class key_gate {
public:
    key_gate(postgres::pool& database, bool required, http::allowed_origins origins)
        : database_(database),
          required_(required),
          origins_(std::move(origins)) {}

    boost::asio::awaitable<or_problem<caller>> admit(
        const http::server_request& request,
        scope needed
    );

private:
    struct question;
    struct end_of_question;
    using questions = std::map<key_hash, std::shared_ptr<question>>;

    boost::asio::awaitable<or_problem<key_owner>> owner_of(std::string_view authorization);
    boost::asio::awaitable<or_problem<key_owner>> look_up(const key_hash& hash);

    postgres::pool& database_;
    bool required_;
    http::allowed_origins origins_;
    key_cache cache_;
    // Keys that are being looked up. Who comes with the same meanwhile waits for that answer: else
    // all requests of a busy client would ask at once, each time the entry of its key has aged.
    questions asked_;
};

// answer_of(why) with what RFC 9110 asks of a 401.
http::server_answer refusal_of(const problem& why);

}  // namespace otp
