#pragma once

#include "common/store/delivery_store.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace otp::test {

// delivery_store in memory, for tests of what stands on it. Leases, owners, compare-and-set,
// further attempts and the repeat of a call are as in the database; of the limits only the resend
// ladder and 5 sends to a number; supersession, budgets per address and the 60 s are left out.
//
// One thread. Calls are answered at once unless `before` or `after` waits.
class memory_delivery_store final : public delivery_store {
public:
    enum class call { begin, finish, reject, expire, sweep, keep, prepare_days };

    struct attempt {
        std::string provider;
        std::string channel;
        std::string state;
        std::string owner;
        std::chrono::system_clock::time_point started_at;
        std::chrono::system_clock::time_point lease_until;
        bool counted = true;
        bool bars_channel = false;
        std::string provider_message_id;
        std::string error_code;
    };
    struct delivery {
        std::string tenant;
        std::string number;
        std::string purpose;
        std::string status;
        std::string reason;
        std::string provider;
        std::string channel;
        uuid seed;
        std::string code_key_id;
        int code_length = 0;
        std::optional<uuid> verification_id;
        std::chrono::system_clock::time_point ends;  // the lesser of the job's and the code's
        std::vector<attempt> attempts;
        std::string job;
        std::optional<std::string> traceparent;
        int receipt_retry = 0;
        std::optional<std::chrono::system_clock::time_point> sweep_at;
    };

    explicit memory_delivery_store(std::vector<int> resend_ladder = {30, 60, 120, 300})
        : ladder_(std::move(resend_ladder)) {}

    boost::asio::awaitable<store_result<std::vector<begin_answer>>> begin(
        const std::string& owner,
        const std::vector<begin_request>& jobs
    ) override;
    boost::asio::awaitable<store_result<std::vector<finish_answer>>> finish(
        const std::vector<finish_request>& ends
    ) override;
    boost::asio::awaitable<store_result<std::vector<rejected_job>>> reject(
        const std::vector<reject_request>& jobs
    ) override;
    boost::asio::awaitable<store_result<std::vector<expired_job>>> expire(
        const std::vector<expire_request>& jobs
    ) override;
    boost::asio::awaitable<store_result<std::vector<due_job>>> sweep(int most) override;
    boost::asio::awaitable<store_result<void>> mark_published(const std::vector<uuid>& requests
    ) override;
    boost::asio::awaitable<store_result<std::vector<uuid>>> keep(
        const std::vector<refused_outcome>& untold
    ) override;
    boost::asio::awaitable<store_result<void>> prepare_days() override;
    boost::asio::awaitable<store_result<void>> confirm_writable(std::chrono::milliseconds limit
    ) override;

    // Awaited before a call is done.
    std::function<boost::asio::awaitable<void>(call)> before;
    // Awaited once begin or finish is done, before its answer is told.
    std::function<boost::asio::awaitable<void>(call)> after;
    // What a call is told instead of its answer. `lost_answer`: it is done, and nobody hears of it.
    struct failure {
        call of;
        store_error::kind why;
        bool lost_answer = false;
    };
    std::vector<failure> failures;  // used up in their order, call by call

    std::chrono::milliseconds lease = attempt_lease;  // of the attempts begun from now on
    std::chrono::seconds answer_age{0};  // how old the answers of begin are when they come
    std::optional<uuid> unstorable;      // this job's values are refused

    // What others do to the tables.
    void accept_send(const uuid& request, const std::string& job);  // and nobody published it
    void end_lease(const uuid& request);
    void record_receipt(const uuid& request, int number, const std::string& status);

    const delivery* find(const uuid& request) const;
    const std::vector<refused_outcome>& kept() const { return kept_; }
    // Call by call.
    const std::vector<std::vector<uuid>>& begun() const { return begun_; }
    const std::vector<std::vector<uuid>>& expired() const { return expired_; }
    const std::vector<std::vector<uuid>>& finished() const { return finished_; }

private:
    struct verification {
        uuid id;
        uuid seed;
        std::string code_key_id;
        int code_length = 0;
        std::chrono::system_clock::time_point code_expires;
        std::vector<std::chrono::system_clock::time_point> sends;
    };
    using subject = std::tuple<std::string, std::string, std::string>;

    // Lets `before` wait, and takes the failure that the test asked for.
    boost::asio::awaitable<std::optional<failure>> announce(call of);
    std::optional<failure> failure_of(call of);
    void open_attempt(delivery& of, std::string_view lane, const std::string& owner);
    bool expire_one(const expire_request& job);
    begin_answer begin_one(const std::string& owner, const begin_request& job);
    begin_answer go_on(const std::string& owner, const begin_request& job, delivery& known);
    begin_answer open(const std::string& owner, const begin_request& job);
    begin_answer start(
        const std::string& owner,
        const begin_request& job,
        delivery& to,
        std::string_view lane
    );
    finish_answer finish_one(const finish_request& end);
    bool next_attempt(const finish_request& end, delivery& of, finish_answer& answer);
    bool is_of_another(const std::string& message_id, const delivery& of, const attempt& one) const;

    std::vector<int> ladder_;
    std::map<uuid, delivery> deliveries_;
    std::map<subject, verification> verifications_;
    std::vector<std::vector<uuid>> begun_;
    std::vector<std::vector<uuid>> expired_;
    std::vector<std::vector<uuid>> finished_;
    std::vector<refused_outcome> kept_;
};

}  // namespace otp::test
