// What the worker may rely on, of the store in memory and of the one in PostgreSQL alike: the rest.
#include "tests/contract/delivery_store_worlds.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

BOOST_AUTO_TEST_SUITE(refusing_and_sweeping)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_rejected_job_is_finished, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        const std::vector<reject_request> rows{a_rejection(job)};
        for (std::size_t times = 0; times < 2; ++times) {
            const auto recorded = co_await with.store().reject(rows);
            BOOST_TEST_REQUIRE(recorded.has_value());
            BOOST_TEST_REQUIRE(recorded->size() == 1 - times);
            if (times == 0) {
                BOOST_TEST((recorded->front().request_id == job.request_id));
                BOOST_TEST(recorded->front().channel == job.channel);
                BOOST_TEST(!recorded->front().verification_id.has_value());
            }
        }
        const auto answer = co_await begin(with, "a", job);
        BOOST_TEST((answer.verdict == begin_verdict::finished));
        BOOST_TEST(answer.status == "rejected");
        BOOST_TEST(answer.reason == "no_provider_for_channel");
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_rejection_leaves_a_known_request_alone, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        const std::vector<reject_request> rows{a_rejection(job)};
        const auto recorded = co_await with.store().reject(rows);
        BOOST_TEST_REQUIRE(recorded.has_value());
        BOOST_TEST(recorded->empty());
        const auto answer = co_await begin(with, "a", job);
        BOOST_TEST((answer.verdict == begin_verdict::send));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(
    what_was_not_understood_is_new_to_its_own_tenant_alone,
    world,
    worlds
) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        auto broken = a_rejection(job);
        broken.number.clear();
        const std::vector<reject_request> first{broken};
        const auto recorded = co_await with.store().reject(first);
        BOOST_TEST_REQUIRE(recorded.has_value());
        BOOST_TEST(recorded->size() == 1U);
        auto theft = some_job();
        theft.request_id = job.request_id;
        theft.tenant = "other";
        const std::vector<reject_request> thefts{a_rejection(theft)};
        const auto stolen = co_await with.store().reject(thefts);
        BOOST_TEST_REQUIRE(stolen.has_value());
        BOOST_TEST(stolen->empty());
        const auto refused = co_await begin(with, "a", theft);
        BOOST_TEST((refused.verdict == begin_verdict::refused));
        BOOST_TEST(refused.reason == "request_id_conflict");
        const auto mended = co_await begin(with, "a", job);
        BOOST_TEST((mended.verdict == begin_verdict::send));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_failed_receipt_brings_the_job_back_once, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        auto job = some_job();
        job.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        co_await begin(with, "a", job);
        auto end = an_end("a", job, "accepted");
        end.job = "the message";
        co_await finish(with, end);
        co_await with.receipt(job.request_id, 1, "undelivered");
        const auto due = co_await due_of(with, job.request_id);
        BOOST_TEST_REQUIRE(due.has_value());
        BOOST_TEST(due->body == "the message");
        BOOST_TEST((due->traceparent == job.traceparent));
        const auto claimed = co_await due_of(with, job.request_id);
        BOOST_TEST(!claimed.has_value());
        const std::vector<uuid> published{job.request_id};
        for (int times = 0; times < 2; ++times) {
            const auto marked = co_await with.store().mark_published(published);
            BOOST_TEST(marked.has_value());
        }
        const auto again = co_await begin(with, "b", job);
        BOOST_TEST((again.verdict == begin_verdict::send));
        BOOST_TEST(again.attempt == 2);
        BOOST_TEST(again.provider == "gupshup");
        auto second = an_end("b", job, "accepted");
        second.attempt = 2;
        co_await finish(with, second);
        co_await with.receipt(job.request_id, 2, "undelivered");
        const auto never_again = co_await due_of(with, job.request_id);
        BOOST_TEST(!never_again.has_value());
        const auto ended = co_await begin(with, "c", job);
        BOOST_TEST((ended.verdict == begin_verdict::finished));
        BOOST_TEST(ended.status == "undelivered");
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_outcome_is_kept_to_be_told_for_its_own_tenant, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        const std::vector<refused_outcome> outcomes{
            {job.request_id, job.tenant, "sent"},
            {job.request_id, "another", "sent"},
            {some_job().request_id, job.tenant, "sent"}};
        const auto kept = co_await with.store().keep(outcomes);
        BOOST_TEST_REQUIRE(kept.has_value());
        BOOST_TEST_REQUIRE(kept->size() == 1U);
        BOOST_TEST((kept->front() == job.request_id));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_store_that_is_there_takes_writes, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto told = co_await with.store().confirm_writable(10s);
        BOOST_TEST(told.has_value());
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(failing)

// With another session half-way through the same new request, begin waits for it.
BOOST_AUTO_TEST_CASE(a_twin_made_at_the_same_moment_is_busy_and_asking_again_heals_it) {
    in_world<in_postgres>([](in_postgres& with) -> asio::awaitable<void> {
        const auto job = some_job();
        auto other = co_await with.connect();
        co_await with.run_on(other, "begin; " + insert_of(job));
        task_group asking(co_await asio::this_coro::executor);
        std::optional<store_result<std::vector<begin_answer>>> answer;
        asking.spawn([&]() -> asio::awaitable<void> {
            const std::vector<begin_request> jobs{job};
            answer = co_await with.store().begin("a", jobs);
        });
        co_await with.wait_until_one_waits();
        co_await with.run_on(other, "commit");
        co_await asking.join();
        BOOST_TEST_REQUIRE(answer->has_error());
        BOOST_TEST((answer->error().why == store_error::kind::busy));
        const auto again = co_await begin(with, "a", job);
        BOOST_TEST((again.verdict == begin_verdict::finished));
    });
}

BOOST_AUTO_TEST_CASE(a_session_that_is_ended_by_the_server_is_unavailable) {
    in_world<in_postgres>([](in_postgres& with) -> asio::awaitable<void> {
        const auto job = some_job();
        auto other = co_await with.connect();
        co_await with.run_on(other, "begin; " + insert_of(job));
        task_group asking(co_await asio::this_coro::executor);
        std::optional<store_result<std::vector<begin_answer>>> answer;
        asking.spawn([&]() -> asio::awaitable<void> {
            const std::vector<begin_request> jobs{job};
            answer = co_await with.store().begin("a", jobs);
        });
        co_await with.wait_until_one_waits();
        co_await with.end_the_one_that_waits();
        co_await asking.join();
        BOOST_TEST_REQUIRE(answer->has_error());
        BOOST_TEST((answer->error().why == store_error::kind::unavailable));
        co_await with.run_on(other, "rollback");
        const auto again = co_await begin(with, "a", job);
        BOOST_TEST((again.verdict == begin_verdict::send));
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_is_gone_is_unavailable) {
    run_to_end([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        // Port 1 of loopback: nothing listens there.
        postgres::pool nowhere(executor, secret("postgresql://nobody@127.0.0.1:1/none"), {});
        const limit_rules limits;
        pg_delivery_store store(nowhere, nowhere, nowhere, {30}, limits);
        const auto answer = co_await store.confirm_writable(200ms);
        BOOST_TEST_REQUIRE(answer.has_error());
        BOOST_TEST((answer.error().why == store_error::kind::unavailable));
        BOOST_TEST(!answer.error().text.empty());
    });
}

BOOST_AUTO_TEST_SUITE_END()
