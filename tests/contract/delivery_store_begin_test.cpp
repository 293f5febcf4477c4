// What the worker may rely on, of the store in memory and of the one in PostgreSQL alike: begin.
#include "tests/contract/delivery_store_worlds.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

BOOST_AUTO_TEST_SUITE(beginning_sends)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_new_job_goes_by_its_first_candidate, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        const auto answer = co_await begin(with, "a", job);
        BOOST_TEST((answer.verdict == begin_verdict::send));
        BOOST_TEST(answer.status == "sending");
        BOOST_TEST(answer.attempt == 1);
        BOOST_TEST(answer.provider == "twilio");
        BOOST_TEST(answer.channel == "sms");
        BOOST_TEST((answer.seed == job.request_id));
        BOOST_TEST((answer.verification_id == job.verification_id));
        BOOST_TEST(answer.code_key_id == "k1");
        BOOST_TEST(answer.code_length == 6);
        BOOST_TEST((answer.lease > 10s && answer.lease <= 15s));
        BOOST_TEST((answer.remaining > 280s && answer.remaining <= 300s));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_same_owner_gets_the_same_attempt_again, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        const auto first = co_await begin(with, "a", job);
        const auto again = co_await begin(with, "a", job);
        BOOST_TEST((again.verdict == begin_verdict::send));
        BOOST_TEST(again.attempt == 1);
        BOOST_TEST(again.provider == first.provider);
        BOOST_TEST(again.channel == first.channel);
        BOOST_TEST((again.seed == first.seed));
        BOOST_TEST(again.code_key_id == first.code_key_id);
        BOOST_TEST(again.code_length == first.code_length);
        BOOST_TEST((again.lease > 0s && again.lease <= first.lease));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(another_owner_waits_for_the_lease, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await begin(with, "b", job);
            BOOST_TEST((answer.verdict == begin_verdict::leased));
            BOOST_TEST((answer.retry_after > 0s && answer.retry_after <= 15s));
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_attempt_whose_lease_ended_is_in_doubt, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        co_await with.end_lease(job.request_id);
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await begin(with, "b", job);
            BOOST_TEST((answer.verdict == begin_verdict::in_doubt));
            BOOST_TEST(answer.attempt == 1);
            BOOST_TEST(answer.provider == "twilio");
            BOOST_TEST((answer.lease > 10s));
        }
        const auto third = co_await begin(with, "c", job);
        BOOST_TEST((third.verdict == begin_verdict::leased));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_request_that_ended_stays_ended, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto sent = some_job();
        co_await begin(with, "a", sent);
        co_await finish(with, an_end("a", sent, "accepted"));
        const auto refused = some_job();
        co_await begin(with, "b", refused);
        auto end = an_end("b", refused, "refused");
        end.error_code = "21211";
        co_await finish(with, end);
        for (int times = 0; times < 2; ++times) {
            const auto first = co_await begin(with, "c", sent);
            BOOST_TEST((first.verdict == begin_verdict::finished));
            BOOST_TEST(first.status == "sent");
            const auto second = co_await begin(with, "c", refused);
            BOOST_TEST((second.verdict == begin_verdict::finished));
            BOOST_TEST(second.status == "failed");
            BOOST_TEST(second.reason == "21211");
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_job_that_comes_too_late_expires, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        auto job = some_job();
        job.requested_at -= 275s;
        const auto answer = co_await begin(with, "a", job);
        BOOST_TEST((answer.verdict == begin_verdict::refused));
        BOOST_TEST(answer.status == "expired");
        BOOST_TEST(answer.reason == "expired");
        const auto again = co_await begin(with, "a", job);
        BOOST_TEST((again.verdict == begin_verdict::finished));
        BOOST_TEST(again.status == "expired");
        BOOST_TEST(again.reason == "expired");
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_rule_of_the_callers_refuses_what_nobody_knows, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        auto barred = some_job();
        barred.bar = "limit_tenant";
        const auto refused = co_await begin(with, "a", barred);
        BOOST_TEST((refused.verdict == begin_verdict::refused));
        BOOST_TEST(refused.status == "rejected");
        BOOST_TEST(refused.reason == "limit_tenant");
        BOOST_TEST(!refused.charged);
        auto job = some_job();
        job.watched = "limit_country";
        const auto first = co_await begin(with, "a", job);
        BOOST_TEST((first.verdict == begin_verdict::send));
        BOOST_TEST(first.charged);
        BOOST_TEST(first.observed == "limit_country");
        job.bar = "limit_tenant";
        const auto again = co_await begin(with, "a", job);
        BOOST_TEST((again.verdict == begin_verdict::send));
        BOOST_TEST(!again.charged);
        BOOST_TEST(again.observed.empty());
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_resend_before_its_pause_is_refused, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto first = some_job();
        co_await begin(with, "a", first);
        const auto second = another_job_for(first);
        const auto answer = co_await begin(with, "b", second);
        BOOST_TEST((answer.verdict == begin_verdict::refused));
        BOOST_TEST(answer.status == "rejected");
        BOOST_TEST(answer.reason == "resend_too_soon");
        BOOST_TEST((answer.retry_after > 20s && answer.retry_after <= 30s));
        const auto again = co_await begin(with, "b", second);
        BOOST_TEST((again.verdict == begin_verdict::finished));
        BOOST_TEST(again.status == "rejected");
        BOOST_TEST(again.reason == "resend_too_soon");
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_resend_keeps_the_code_of_its_verification, world, worlds) {
    in_world<world>(
        [](world& with) -> asio::awaitable<void> {
            const auto first = some_job();
            co_await begin(with, "a", first);
            co_await finish(with, an_end("a", first, "accepted"));
            const auto second = another_job_for(first);
            const auto answer = co_await begin(with, "b", second);
            BOOST_TEST((answer.verdict == begin_verdict::send));
            BOOST_TEST((answer.seed == first.request_id));
            BOOST_TEST((answer.verification_id == first.verification_id));
        },
        {0}
    );
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_number_gets_five_texts_in_ten_minutes, world, worlds) {
    in_world<world>(
        [](world& with) -> asio::awaitable<void> {
            const auto first = some_job();
            co_await begin(with, "a", first);
            for (int sends = 1; sends < 5; ++sends) {
                const auto more = another_job_for(first);
                const auto answer = co_await begin(with, "a", more);
                BOOST_TEST((answer.verdict == begin_verdict::send));
            }
            const auto sixth = another_job_for(first);
            const auto answer = co_await begin(with, "a", sixth);
            BOOST_TEST((answer.verdict == begin_verdict::refused));
            BOOST_TEST(answer.reason == "limit_number");
            BOOST_TEST((answer.retry_after > 9min && answer.retry_after <= 10min));
            const auto again = co_await begin(with, "a", sixth);
            BOOST_TEST((again.verdict == begin_verdict::finished));
            BOOST_TEST(again.reason == "limit_number");
        },
        {0}
    );
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_job_that_nobody_may_send_fails, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        auto job = some_job();
        job.route.clear();
        const auto fresh = co_await begin(with, "a", job);
        BOOST_TEST((fresh.verdict == begin_verdict::refused));
        BOOST_TEST(fresh.status == "failed");
        BOOST_TEST(fresh.reason == "no_provider_left");
        auto begun = some_job();
        co_await begin(with, "a", begun);
        begun.route.clear();
        const auto leased = co_await begin(with, "b", begun);
        BOOST_TEST((leased.verdict == begin_verdict::leased));
        auto end = an_end("a", begun, "not_sent");
        end.put_back = true;
        co_await finish(with, end);
        const auto again = co_await begin(with, "b", begun);
        BOOST_TEST((again.verdict == begin_verdict::refused));
        BOOST_TEST(again.status == "failed");
        BOOST_TEST(again.reason == "no_provider_left");
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_request_id_belongs_to_one_number, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        auto other = some_job();
        other.request_id = job.request_id;
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await begin(with, "b", other);
            BOOST_TEST((answer.verdict == begin_verdict::refused));
            BOOST_TEST(answer.reason == "request_id_conflict");
            BOOST_TEST(answer.status == "");
        }
        const auto untouched = co_await begin(with, "a", job);
        BOOST_TEST((untouched.verdict == begin_verdict::send));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(two_jobs_of_one_number_are_no_batch, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        const std::vector<begin_request> twins{job, another_job_for(job)};
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await with.store().begin("a", twins);
            BOOST_TEST_REQUIRE(answer.has_error());
            BOOST_TEST((answer.error().why == store_error::kind::data));
        }
        const auto alone = co_await begin(with, "a", job);
        BOOST_TEST((alone.verdict == begin_verdict::send));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_value_that_cannot_be_stored_stops_its_whole_batch, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto good = some_job();
        auto bad = some_job();
        bad.user = "\xff";
        const std::vector<begin_request> both{good, bad};
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await with.store().begin("a", both);
            BOOST_TEST_REQUIRE(answer.has_error());
            BOOST_TEST((answer.error().why == store_error::kind::data));
            BOOST_TEST(!answer.error().text.empty());
        }
        const auto alone = co_await begin(with, "b", good);
        BOOST_TEST((alone.verdict == begin_verdict::send));
    });
}

BOOST_AUTO_TEST_SUITE_END()
