// What the worker may rely on, of the store in memory and of the one in PostgreSQL alike: finish.
#include "tests/contract/delivery_store_worlds.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using kind = finish_answer::kind;

BOOST_TEST_DONT_PRINT_LOG_VALUE(otp::finish_answer::kind)

BOOST_AUTO_TEST_SUITE(finishing_sends)

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_accepted_is_sent, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        auto end = an_end("a", job, "accepted");
        end.provider_message_id = "SM1";
        end.http_status = 201;
        end.segments = 1;
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await finish(with, end);
            BOOST_TEST((answer.what == kind::recorded));
            BOOST_TEST(answer.status == "sent");
            BOOST_TEST(answer.reason == "");
            BOOST_TEST(!answer.next_attempt);
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_refused_has_failed_for_its_reason, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        auto end = an_end("a", job, "refused");
        end.error_code = "21610";
        end.reason = "attempts_spent";
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await finish(with, end);
            BOOST_TEST((answer.what == kind::recorded));
            BOOST_TEST(answer.status == "failed");
            BOOST_TEST(answer.reason == "attempts_spent");
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_next_attempt_opens_in_the_same_commit, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        auto end = an_end("a", job, "not_sent");
        end.next_route = "twilio/sms,gupshup/sms";
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await finish(with, end);
            BOOST_TEST((answer.what == kind::recorded));
            BOOST_TEST(answer.status == "sending");
            BOOST_TEST_REQUIRE(answer.next_attempt.has_value());
            BOOST_TEST(*answer.next_attempt == 2);
            BOOST_TEST(answer.provider == "gupshup");
            BOOST_TEST(answer.channel == "sms");
            BOOST_TEST((answer.lease > 10s && answer.lease <= 15s));
            BOOST_TEST((answer.remaining > 280s && answer.remaining <= 300s));
        }
        auto second = an_end("a", job, "accepted");
        second.attempt = 2;
        const auto answer = co_await finish(with, second);
        BOOST_TEST(answer.status == "sent");
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_doubt_leaves_the_delivery_open, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        auto end = an_end("a", job, "in_doubt");
        end.put_back = true;
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await finish(with, end);
            BOOST_TEST((answer.what == kind::recorded));
            BOOST_TEST(answer.status == "sending");
            BOOST_TEST(!answer.next_attempt);
        }
        const auto later = co_await begin(with, "b", job);
        BOOST_TEST((later.verdict == begin_verdict::in_doubt));
        auto settled = an_end("b", job, "in_doubt");
        settled.next_route = "twilio/sms,gupshup/sms";
        settled.put_back = true;
        const auto next = co_await finish(with, settled);
        BOOST_TEST_REQUIRE(next.next_attempt.has_value());
        BOOST_TEST(next.provider == "gupshup");  // never by the one that may have sent it
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_lost_the_lease_changes_nothing, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        co_await with.end_lease(job.request_id);
        co_await begin(with, "b", job);
        for (int times = 0; times < 2; ++times) {
            const auto late = co_await finish(with, an_end("a", job, "refused"));
            BOOST_TEST((late.what == kind::lost));
        }
        const auto answer = co_await finish(with, an_end("b", job, "accepted"));
        BOOST_TEST((answer.what == kind::recorded));
        BOOST_TEST(answer.status == "sent");
    });
}

// The worker may be both: it asks for each in a call of its own.
BOOST_AUTO_TEST_CASE_TEMPLATE(who_lost_the_lease_is_told_nothing_of_what_follows, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        co_await with.end_lease(job.request_id);
        co_await begin(with, "b", job);
        auto of_b = an_end("b", job, "in_doubt");
        of_b.next_route = "gupshup/sms";
        of_b.put_back = true;
        const auto next = co_await finish(with, of_b);
        BOOST_TEST_REQUIRE(next.next_attempt.has_value());
        auto of_a = an_end("a", job, "not_sent");
        of_a.next_route = "gupshup/sms";
        const auto late = co_await finish(with, of_a);
        BOOST_TEST((late.what == kind::lost));
        BOOST_TEST(!late.next_attempt);
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_receipt_that_was_faster_stands, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        co_await with.receipt(job.request_id, 1, "delivered");
        for (int times = 0; times < 2; ++times) {
            auto end = an_end("a", job, "in_doubt");
            end.put_back = true;
            end.next_route = "gupshup/sms";
            const auto answer = co_await finish(with, end);
            BOOST_TEST((answer.what == kind::settled));
            BOOST_TEST(answer.status == "delivered");
            BOOST_TEST(!answer.next_attempt);
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_job_that_was_put_back_goes_on_elsewhere, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        auto end = an_end("a", job, "not_sent");
        end.put_back = true;
        const auto ended = co_await finish(with, end);
        BOOST_TEST(ended.status == "sending");
        const auto answer = co_await begin(with, "b", job);
        BOOST_TEST((answer.verdict == begin_verdict::send));
        BOOST_TEST(answer.attempt == 2);
        BOOST_TEST(answer.provider == "gupshup");
        BOOST_TEST((answer.seed == job.request_id));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(
    what_answers_a_failed_receipt_and_is_put_back_stays_sent,
    world,
    worlds
) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        auto first = an_end("a", job, "accepted");
        first.job = "the message";
        co_await finish(with, first);
        co_await with.receipt(job.request_id, 1, "undelivered");
        co_await begin(with, "b", job);
        auto second = an_end("b", job, "not_sent");
        second.attempt = 2;
        second.put_back = true;
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await finish(with, second);
            BOOST_TEST((answer.what == kind::recorded));
            BOOST_TEST(answer.status == "sent");
            BOOST_TEST(!answer.next_attempt);
        }
        const auto third = co_await begin(with, "c", job);
        BOOST_TEST((third.verdict == begin_verdict::send));
        BOOST_TEST(third.attempt == 3);
        BOOST_TEST(third.provider == "gupshup");
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(two_attempts_a_provider_are_all_there_are, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        auto job = some_job();
        for (int attempt = 1; attempt <= 4; ++attempt) {
            const auto answer = co_await begin(with, "a", job);
            BOOST_TEST((answer.verdict == begin_verdict::send));
            BOOST_TEST(answer.attempt == attempt);
            auto end = an_end("a", job, "not_sent");
            end.attempt = attempt;
            end.put_back = true;
            co_await finish(with, end);
        }
        const auto answer = co_await begin(with, "a", job);
        BOOST_TEST((answer.verdict == begin_verdict::refused));
        BOOST_TEST(answer.status == "failed");
        BOOST_TEST(answer.reason == "attempts_spent");
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_not_counted_uses_up_nothing, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        for (int attempt = 1; attempt <= 6; ++attempt) {
            const auto answer = co_await begin(with, "a", job);
            BOOST_TEST((answer.verdict == begin_verdict::send));
            auto end = an_end("a", job, "not_sent");
            end.attempt = attempt;
            end.put_back = true;
            end.uncounted = true;
            co_await finish(with, end);
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_lane_that_refused_is_not_asked_again_elsewhere, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        auto end = an_end("a", job, "refused");
        end.put_back = true;
        co_await finish(with, end);
        for (int attempt = 2; attempt <= 3; ++attempt) {
            const auto answer = co_await begin(with, "b", job);
            BOOST_TEST(answer.provider == "gupshup");
            end = an_end("b", job, "not_sent");
            end.attempt = attempt;
            end.put_back = true;
            co_await finish(with, end);
        }
        const auto answer = co_await begin(with, "c", job);
        BOOST_TEST(answer.reason == "no_provider_left");
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(
    a_channel_that_a_refusal_barred_stays_barred_for_every_provider,
    world,
    worlds
) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        auto job = some_job();
        job.route = "twilio/sms,gupshup/sms,gupshup/whatsapp";
        co_await begin(with, "a", job);
        auto end = an_end("a", job, "refused");
        end.bars_channel = true;
        end.next_route = "gupshup/whatsapp";
        co_await finish(with, end);
        end = an_end("a", job, "not_sent");
        end.attempt = 2;
        end.next_route = "gupshup/sms";
        end.put_back = true;
        const auto barred = co_await finish(with, end);
        BOOST_TEST(!barred.next_attempt);
        const auto answer = co_await begin(with, "b", job);
        BOOST_TEST((answer.verdict == begin_verdict::send));
        BOOST_TEST(answer.channel == "whatsapp");
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(
    a_message_that_another_attempt_to_the_number_made_settles_no_doubt,
    world,
    worlds
) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        auto twin = another_job_for(job);
        twin.tenant = "other";
        co_await begin(with, "a", job);
        auto end = an_end("a", job, "in_doubt");
        end.put_back = true;
        co_await finish(with, end);
        co_await begin(with, "t", twin);
        co_await begin(with, "b", job);
        auto found = an_end("b", job, "accepted");
        found.provider_message_id = "SM1";
        found.looked_up = true;
        // While the other one is under way, then when it says that the message is its own.
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await finish(with, found);
            BOOST_TEST((answer.what == kind::not_ours));
            BOOST_TEST(answer.status == "sending");
            BOOST_TEST(!answer.next_attempt);
            auto other = an_end("t", twin, "accepted");
            other.provider_message_id = "SM1";
            co_await finish(with, other);
        }
        end = an_end("b", job, "in_doubt");
        end.next_route = "twilio/sms,gupshup/sms";
        end.put_back = true;
        const auto next = co_await finish(with, end);
        BOOST_TEST_REQUIRE(next.next_attempt.has_value());
        BOOST_TEST(next.provider == "gupshup");
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_message_of_its_own_settles_a_doubt, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        auto twin = another_job_for(job);
        twin.tenant = "other";
        co_await begin(with, "a", job);
        co_await begin(with, "t", twin);
        auto other = an_end("t", twin, "accepted");
        other.provider_message_id = "SM2";
        co_await finish(with, other);
        auto end = an_end("a", job, "in_doubt");
        end.put_back = true;
        co_await finish(with, end);
        co_await begin(with, "b", job);
        auto found = an_end("b", job, "accepted");
        found.provider_message_id = "SM3";
        found.looked_up = true;
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await finish(with, found);
            BOOST_TEST((answer.what == kind::recorded));
            BOOST_TEST(answer.status == "sent");
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_end_that_cannot_be_stored_is_a_data_error, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        co_await begin(with, "a", job);
        auto bad = an_end("a", job, "accepted");
        bad.provider_message_id = "\xff";
        const std::vector<finish_request> ends{bad};
        for (int times = 0; times < 2; ++times) {
            const auto answer = co_await with.store().finish(ends);
            BOOST_TEST_REQUIRE(answer.has_error());
            BOOST_TEST((answer.error().why == store_error::kind::data));
        }
        const auto good = co_await finish(with, an_end("a", job, "accepted"));
        BOOST_TEST((good.what == kind::recorded));
    });
}

BOOST_AUTO_TEST_SUITE_END()
