// What the worker may rely on, of the store in memory and of the one in PostgreSQL alike.
#include "tests/contract/delivery_store_worlds.hpp"

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using kind = finish_answer::kind;

BOOST_TEST_DONT_PRINT_LOG_VALUE(otp::begin_verdict)
BOOST_TEST_DONT_PRINT_LOG_VALUE(otp::finish_answer::kind)
BOOST_TEST_DONT_PRINT_LOG_VALUE(otp::store_error::kind)

using worlds = boost::mpl::list<in_memory, in_postgres>;

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

BOOST_AUTO_TEST_SUITE(refusing_and_sweeping)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_rejected_job_is_finished, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto job = some_job();
        const std::vector<reject_request> rows{a_rejection(job)};
        for (int times = 0; times < 2; ++times) {
            const auto done = co_await with.store().reject(rows);
            BOOST_TEST(done.has_value());
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
        const auto done = co_await with.store().reject(rows);
        BOOST_TEST(done.has_value());
        const auto answer = co_await begin(with, "a", job);
        BOOST_TEST((answer.verdict == begin_verdict::send));
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

BOOST_AUTO_TEST_CASE_TEMPLATE(a_store_that_is_there_answers_a_ping, world, worlds) {
    in_world<world>([](world& with) -> asio::awaitable<void> {
        const auto answer = co_await with.store().ping(10s);
        BOOST_TEST(answer.has_value());
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
    run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        // Port 1 of loopback: nothing listens there.
        postgres::pool nowhere(executor, secret("postgresql://nobody@127.0.0.1:1/none"), {});
        pg_delivery_store store(nowhere, nowhere, nowhere, {30});
        const auto answer = co_await store.ping(200ms);
        BOOST_TEST_REQUIRE(answer.has_error());
        BOOST_TEST((answer.error().why == store_error::kind::unavailable));
        BOOST_TEST(!answer.error().text.empty());
    });
}

BOOST_AUTO_TEST_SUITE_END()
