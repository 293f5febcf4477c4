#pragma once

#include "common/async/deadline.hpp"
#include "common/job/send_job.hpp"
#include "common/limits/store_bounds.hpp"
#include "common/otp/code.hpp"
#include "common/postgres/pool.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// By what rules a send is to be stored.
struct send_terms {
    std::vector<int> ladder;  // pauses in seconds before another text
    store_bounds bounds;
    std::string bar;      // the caller's rule that refuses it where nobody knows it; empty: none
    std::string watched;  // those that only observe, comma-separated
    std::optional<uuid> resend_of;  // the one verification it may be for; empty: whichever is
                                    // pending, or a new one
};

// What became of a send that was to be stored.
struct stored_send {
    enum class verdict {
        queued,    // stored now: publish it, then mark_published
        repeated,  // the same request was stored before; what follows is its first answer
        refused    // for `reason`; a repeat is refused for the same one
    };
    verdict what = verdict::refused;
    std::string status;  // of the delivery
    std::string reason;  // migrations/0003_send_rules.sql lists them
    std::optional<uuid> verification_id;
    std::optional<std::string> channel;
    std::optional<std::chrono::system_clock::time_point> expires_at;
    std::chrono::seconds next_send{0};
    std::optional<std::chrono::milliseconds> retry_after;  // where waiting helps
    std::string observed;  // the rules that would have refused it, comma-separated
    bool charged = false;  // it was stored and let pass by this call: rates are paid
};

// What a check was told; the words are those of migrations/0010_checks.sql.
enum class check_answer {
    approved,
    wrong,
    max_attempts_reached,
    closed,
    already_used,
    expired,
    canceled,
    not_found,
    check_too_soon,
    check_budget_spent,
    unknown_key
};

// The word of SQL; throws std::logic_error for one this program does not know.
check_answer parse_check_answer(std::string_view word);
std::string_view to_string(check_answer answer);

// What a tag is made from besides tenant and code.
struct number_and_purpose {
    std::string number;  // E.164
    std::string purpose;
};

// The text that a verification's code went out with last; empty where it is not known.
struct sent_by {
    std::string provider;
    std::string channel;
    std::string country;  // of the number, ISO 3166
};

struct check_verdict {
    check_answer answer = check_answer::not_found;
    std::optional<uuid> id;
    int attempts_left = 0;
    std::chrono::milliseconds retry_after{0};  // also the pause after a wrong one
    std::optional<std::chrono::system_clock::time_point> settled_at;
    std::optional<std::string> user;  // of the verification
    number_and_purpose subject;       // what was checked
    otp::sent_by sent_by;             // of a right code
    bool ended = false;               // its life was over, and this check settled it
};

// One check: the tags of what was typed, one under each hash key.
struct code_check {
    std::string tenant;
    std::string number;  // E.164
    std::string purpose;
    std::optional<uuid> id;     // empty: the pending one of that number and purpose
    bool known_device = false;  // a valid device token came with it: counted apart
    std::vector<std::string> key_ids;
    std::vector<code_tag> tags;
};

// What otp-verify asks of the database; each call is one statement and one commit, and asks again
// where it lost a race. Every row belongs to a tenant, and nothing is seen of another's.
class verification_store {
public:
    explicit verification_store(postgres::pool& database) : database_(database) {}

    // `message` is the body to be published, kept so that a sweep can do it where we cannot.
    boost::asio::awaitable<postgres::result<stored_send>> accept_send(
        const send_job& job,
        const std::string& message,
        const std::optional<std::string>& traceparent,
        const send_terms& terms,
        deadline at
    );

    // The broker has it: the sweep need not publish it.
    boost::asio::awaitable<postgres::result<void>> mark_published(
        const uuid& request_id,
        deadline at
    );

    boost::asio::awaitable<postgres::result<check_verdict>> check_code(
        const code_check& check,
        deadline at
    );

    boost::asio::awaitable<postgres::result<std::optional<number_and_purpose>>> find_for_check(
        const std::string& tenant,
        const uuid& id,
        deadline at
    );

    // Whether this tenant was ever asked for a text to that number, as far as rows are kept.
    boost::asio::awaitable<postgres::result<bool>> was_asked_for(
        const std::string& tenant,
        const std::string& number,
        deadline at
    );

    // The body of GET /v1/verifications/{id}, JSON.
    boost::asio::awaitable<postgres::result<std::optional<std::string>>> read_verification(
        const std::string& tenant,
        const uuid& id,
        deadline at
    );

private:
    postgres::pool& database_;
};

}  // namespace otp
