#pragma once

#include "common/limits/limit_rules.hpp"
#include "common/postgres/pool.hpp"
#include "common/store/delivery_store.hpp"

#include <vector>

namespace otp {

// The delivery store on PostgreSQL: calls the functions of migrations/ with one array a column.
//
// begin and finish have a connection each, so that their commits overlap; all else shares a third.
// One call of a kind at a time is the intended use; further ones wait in turn.
class pg_delivery_store final : public delivery_store {
public:
    // All must outlive it. `resend_ladder`: pauses in seconds before another text. `limits` may
    // change between two calls.
    pg_delivery_store(
        postgres::pool& for_begin,
        postgres::pool& for_finish,
        postgres::pool& for_the_rest,
        std::vector<std::int32_t> resend_ladder,
        const limit_rules& limits
    );

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

private:
    static deadline soon();

    postgres::pool& begin_;
    postgres::pool& finish_;
    postgres::pool& rest_;
    std::vector<std::int32_t> resend_ladder_;
    const limit_rules& limits_;
};

}  // namespace otp
