// What the worker may rely on, of the store in memory and of the one in PostgreSQL alike: jobs that
// come too late for a text.
#include "tests/contract/delivery_store_worlds.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

begin_request job_with(std::chrono::seconds left) {
    auto job = some_job();
    job.requested_at += left - job.ttl;
    return job;
}

expire_request late(const begin_request& job) {
    expire_request row;
    row.request_id = job.request_id;
    row.tenant = job.tenant;
    row.number = job.number;
    row.purpose = job.purpose;
    row.channel = job.channel;
    row.template_name = job.template_name;
    row.locale = job.locale;
    row.requested_at = job.requested_at;
    row.ttl = job.ttl;
    return row;
}

// How many of them were ended.
template <class World>
asio::awaitable<std::size_t> expire(World& with, const std::vector<begin_request>& jobs) {
    std::vector<expire_request> rows;
    for (const auto& job : jobs)
        rows.push_back(late(job));
    const auto expired = co_await with.store().expire(rows);
    if (!expired)
        throw std::runtime_error("expire: " + expired.error().text);
    co_return expired->size();
}

template <class World>
asio::awaitable<std::size_t> expire(World& with, const begin_request& job) {
    const std::vector<begin_request> jobs{job};
    co_return co_await expire(with, jobs);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(expiring_jobs)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_late_job_that_nobody_knows_has_expired, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto dead = job_with(-600s);
        const auto dying = job_with(29s);
        const std::vector<begin_request> both{dead, dying};
        const auto ended = co_await expire(with, both);
        BOOST_TEST(ended == 2U);
        for (const auto& job : both) {
            const auto answer = co_await begin(with, "a", job);
            BOOST_TEST((answer.verdict == begin_verdict::finished));
            BOOST_TEST(answer.status == "expired");
            BOOST_TEST(answer.reason == "expired");
            BOOST_TEST(answer.channel == "sms");
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_job_with_life_left_is_not_ended, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = job_with(40s);
        const auto ended = co_await expire(with, job);
        BOOST_TEST(ended == 0U);
        const auto answer = co_await begin(with, "a", job);
        BOOST_TEST((answer.verdict == begin_verdict::send));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_ended_once_is_begins_to_answer, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = job_with(-600s);
        const auto first = co_await expire(with, job);
        const auto again = co_await expire(with, job);
        BOOST_TEST(first == 1U);
        BOOST_TEST(again == 0U);
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_attempt_under_way_or_in_doubt_is_left_alone, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        auto job = some_job();
        co_await begin(with, "a", job);
        auto redelivered = job;
        redelivered.requested_at -= 600s;  // whatever the message says
        const auto leased = co_await expire(with, redelivered);
        BOOST_TEST(leased == 0U);
        const auto waits = co_await begin(with, "b", job);
        BOOST_TEST((waits.verdict == begin_verdict::leased));
        co_await with.end_lease(job.request_id);
        const auto doubted = co_await expire(with, redelivered);
        BOOST_TEST(doubted == 0U);
        const auto doubt = co_await begin(with, "b", job);
        BOOST_TEST((doubt.verdict == begin_verdict::in_doubt));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_sent_stays_sent, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        co_await finish(with, an_end("a", job, "accepted"));
        auto redelivered = job;
        redelivered.requested_at -= 600s;
        const auto ended = co_await expire(with, redelivered);
        BOOST_TEST(ended == 0U);
        const auto answer = co_await begin(with, "b", job);
        BOOST_TEST(answer.status == "sent");
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(beside_a_pending_verification_begin_answers, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto fresh = some_job();
        co_await begin(with, "a", fresh);
        auto older = job_with(-600s);
        older.number = fresh.number;
        const auto ended = co_await expire(with, older);
        BOOST_TEST(ended == 0U);
        const auto late = co_await begin(with, "b", older);
        BOOST_TEST(late.status == "expired");
        const auto untouched = co_await begin(with, "a", fresh);
        BOOST_TEST((untouched.verdict == begin_verdict::send));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(late_jobs_of_one_number_share_a_batch, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto first = job_with(-600s);
        auto second = job_with(-500s);
        second.number = first.number;
        const std::vector<begin_request> both{first, second};
        const auto ended = co_await expire(with, both);
        BOOST_TEST(ended == 2U);
        auto fresh = some_job();
        fresh.number = first.number;
        const auto answer = co_await begin(with, "a", fresh);
        BOOST_TEST((answer.verdict == begin_verdict::send));  // nothing was charged for them
        BOOST_TEST((answer.verification_id == fresh.verification_id));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_that_cannot_be_stored_stops_its_whole_batch, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto good = job_with(-600s);
        auto bad = late(job_with(-600s));
        bad.user = "\xff";
        const std::vector<expire_request> both{late(good), bad};
        const auto answer = co_await with.store().expire(both);
        BOOST_TEST_REQUIRE(answer.has_error());
        BOOST_TEST((answer.error().why == store_error::kind::data));
        const auto alone = co_await expire(with, good);
        BOOST_TEST(alone == 1U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
