#include "common/store/pg_delivery_store.hpp"
#include "common/store/store_failure.hpp"

// What pg_delivery_store does with jobs that never come to begin.
namespace otp {

namespace asio = boost::asio;

namespace {

constexpr postgres::statement reject_jobs{
    "reject_jobs",
    "select request_id, verification_id, channel from otp.reject_jobs($1, $2, $3, $4, $5, $6, $7, "
    "$8, $9, $10, $11, $12) where recorded"};

constexpr postgres::statement expire_jobs{
    "expire_jobs",
    "select request_id, verification_id, channel from otp.expire_jobs($1, $2, $3, $4, $5, $6, $7, "
    "$8, $9, $10, $11, $12)"};

// A row: request, verification, channel.
template <class Job>
std::vector<Job> ended_jobs(const postgres::rows& rows) {
    std::vector<Job> ended;
    ended.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
        Job one;
        one.request_id = rows.get<uuid>(row, 0);
        one.verification_id = rows.get<std::optional<uuid>>(row, 1);
        one.channel = rows.get<std::optional<std::string>>(row, 2).value_or("");
        ended.push_back(std::move(one));
    }
    return ended;
}

}  // namespace

asio::awaitable<store_result<std::vector<rejected_job>>> pg_delivery_store::reject(
    const std::vector<reject_request>& jobs
) {
    postgres::params with;
    with.add_array(jobs, &reject_request::request_id)
        .add_array(jobs, &reject_request::tenant)
        .add_array(jobs, &reject_request::number)
        .add_array(jobs, &reject_request::purpose)
        .add_array(jobs, &reject_request::user)
        .add_array(jobs, &reject_request::channel)
        .add_array(jobs, &reject_request::template_name)
        .add_array(jobs, &reject_request::locale)
        .add_array(jobs, &reject_request::requested_at)
        .add_array(jobs, &reject_request::reason)
        .add_array(jobs, &reject_request::traceparent)
        .add_array(jobs, &reject_request::unwritten);
    auto done = co_await rest_.execute(reject_jobs, with, soon());
    if (!done)
        co_return store_failure(done.error());
    co_return ended_jobs<rejected_job>(*done);
}

asio::awaitable<store_result<std::vector<expired_job>>> pg_delivery_store::expire(
    const std::vector<expire_request>& jobs
) {
    postgres::params with;
    with.add_array(jobs, &expire_request::request_id)
        .add_array(jobs, &expire_request::tenant)
        .add_array(jobs, &expire_request::number)
        .add_array(jobs, &expire_request::purpose)
        .add_array(jobs, &expire_request::user)
        .add_array(jobs, &expire_request::client_ip)
        .add_array(jobs, &expire_request::channel)
        .add_array(jobs, &expire_request::template_name)
        .add_array(jobs, &expire_request::locale)
        .add_array(jobs, &expire_request::requested_at)
        .add_array(
            jobs,
            [](const expire_request& job) { return static_cast<std::int32_t>(job.ttl.count()); }
        )
        .add_array(jobs, &expire_request::traceparent);
    auto done = co_await rest_.execute(expire_jobs, with, soon());
    if (!done)
        co_return store_failure(done.error());
    co_return ended_jobs<expired_job>(*done);
}

}  // namespace otp
