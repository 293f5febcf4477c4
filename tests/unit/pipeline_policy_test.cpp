// Jobs that this worker may not, or cannot, send.
#include "tests/support/pipeline_scene.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;
using call = memory_delivery_store::call;

namespace {

limit_rules only_in(std::string country) {
    limit_rules rules;
    rules.countries.allowed = {std::move(country)};
    return rules;
}

const bench_options only_britain{
    .resend_ladder = {30},
    .callback_url = {},
    .limits = only_in("GB"),
    .leases = {}};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_job_that_policy_refuses)

BOOST_AUTO_TEST_CASE(is_recorded_and_told_and_not_sent) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const test_job job;
            for (int times = 1; times <= 2; ++times) {
                const auto tag = bench.broker.deliver(job.body());
                co_await acked(bench, tag);
                BOOST_TEST(bench.store.find(job.id)->status == "rejected");
                BOOST_TEST(bench.store.find(job.id)->reason == "country_not_allowed");
                BOOST_TEST(bench.broker.count("publish otp.events delivery.rejected") == times);
            }
            BOOST_TEST(posts(bench) == 0U);
        },
        only_britain
    );
}

BOOST_AUTO_TEST_CASE(for_a_channel_without_provider_says_so_and_which_it_was) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const test_job job;
        auto body = job.body();
        body.replace(body.find("sms"), 3, "voice");
        const auto tag = bench.broker.deliver(body);
        co_await acked(bench, tag);
        BOOST_TEST(bench.store.find(job.id)->reason == "no_provider_for_channel");
        const std::string event = bench.broker.published.back().body;
        BOOST_TEST(event.find(R"("channel":"voice")") != std::string::npos);
    });
}

// There are providers for SMS alone.
BOOST_AUTO_TEST_CASE(to_a_fixed_line_does_not_go_by_sms_wherever_that_stands_in_its_list) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const std::vector<std::pair<std::string, std::string>> reasons{
            {R"("channel":["email","sms"])", "no_provider_for_channel"},
            {R"("channel":["sms"])", "number_type_not_allowed"},
            {R"("user":"u1")", "number_type_not_allowed"}};
        for (const auto& [fields, reason] : reasons) {
            test_job job;
            job.number = "+442079460018";
            const std::string sms = R"("channel":"sms")";
            auto body = job.body();
            body.replace(body.find(sms), sms.size(), fields);
            const auto tag = bench.broker.deliver(body);
            co_await acked(bench, tag);
            BOOST_TEST(bench.store.find(job.id)->reason == reason);
        }
        BOOST_TEST(posts(bench) == 0U);
    });
}

BOOST_AUTO_TEST_CASE(is_recorded_together_with_those_that_came_with_it) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            int refusals = 0;
            bool closed = true;
            bench.store.before = [&](call of) -> asio::awaitable<void> {
                refusals += of == call::reject;
                while (closed)
                    co_await sleep_for(1ms);
            };
            std::vector<test_job> jobs(6);
            bench.broker.deliver(jobs.front().body());
            co_await bench.eventually([&] { return refusals == 1; });
            for (std::size_t i = 1; i < jobs.size(); ++i)
                bench.broker.deliver(jobs[i].body());
            co_await bench.eventually([&] { return bench.jobs.waiting() == 5; });
            closed = false;
            co_await bench.eventually([&] { return bench.broker.count("ack") == 6; });
            BOOST_TEST(refusals == 2);
        },
        only_britain
    );
}

// The rules were others when it was begun: it is not told as rejected while its text is under way,
// and a redelivery that nobody may send is not forgotten.
BOOST_AUTO_TEST_CASE(goes_back_while_another_process_sends_it) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const test_job job;
            const std::vector<begin_request> begun{begun_elsewhere(job)};
            co_await bench.store.begin("another process", begun);
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);
            BOOST_TEST(bench.broker.has_heard("publish otp.retry.8000 otp.send"));
            BOOST_TEST(bench.broker.count("publish otp.events") == 0);
            BOOST_TEST(bench.store.find(job.id)->status == "sending");
        },
        only_britain
    );
}

BOOST_AUTO_TEST_CASE(stays_in_doubt_where_another_process_left_it_so) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const test_job job;
            const std::vector<begin_request> begun{begun_elsewhere(job)};
            co_await bench.store.begin("another process", begun);
            bench.store.end_lease(job.id);
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);
            BOOST_TEST(bench.store.find(job.id)->attempts.front().state == "in_doubt");
            BOOST_TEST(bench.broker.count("publish otp.events") == 0);
            BOOST_TEST(posts(bench) == 0U);
        },
        only_britain
    );
}

BOOST_AUTO_TEST_CASE(is_ended_where_an_attempt_of_another_process_failed) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const test_job job;
            const std::vector<begin_request> begun{begun_elsewhere(job)};
            co_await bench.store.begin("another process", begun);
            finish_request end;
            end.owner = "another process";
            end.request_id = job.id;
            end.attempt = 1;
            end.state = "not_sent";
            end.put_back = true;
            const std::vector<finish_request> ends{end};
            co_await bench.store.finish(ends);
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);
            BOOST_TEST(bench.store.find(job.id)->status == "failed");
            BOOST_TEST(bench.broker.count("publish otp.events delivery.failed") == 1);
            BOOST_TEST(posts(bench) == 0U);
        },
        only_britain
    );
}

BOOST_AUTO_TEST_CASE(with_the_id_of_another_is_kept_on_the_dead_queue) {
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const test_job first;
            const std::vector<begin_request> begun{begun_elsewhere(first)};
            co_await bench.store.begin("another process", begun);
            test_job second;
            second.id = first.id;
            const auto tag = bench.broker.deliver(second.body());
            co_await acked(bench, tag);
            BOOST_TEST(bench.broker.count("publish otp.dead dead") == 1);
            BOOST_TEST(bench.broker.count("publish otp.events") == 0);
        },
        only_britain
    );
}

// A batch waits for the grants; what does not come to a text gives its own back.
BOOST_AUTO_TEST_CASE(over_its_tenants_rate_is_refused_and_a_known_one_pays_nothing) {
    bench_options slow;
    slow.limits.tenant.of["default"] = {0.001, 2};
    int granted = 0;
    slow.leases = [&granted](std::string, std::string, send_rate, int)
        -> asio::awaitable<std::optional<int>> { co_return ++granted <= 2 ? 1 : 0; };
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const test_job first;
            for (int times = 0; times < 3; ++times) {
                const auto tag = bench.broker.deliver(first.body());
                co_await acked(bench, tag);
            }
            const test_job second;
            const auto second_tag = bench.broker.deliver(second.body());
            co_await acked(bench, second_tag);
            BOOST_TEST(bench.store.find(second.id)->status == "sent");
            const test_job third;
            const auto third_tag = bench.broker.deliver(third.body());
            co_await acked(bench, third_tag);
            BOOST_TEST(bench.store.find(third.id)->status == "rejected");
            BOOST_TEST(bench.store.find(third.id)->reason == "limit_tenant");
            BOOST_TEST(bench.broker.count("publish otp.events delivery.rejected") == 1);
            BOOST_TEST(posts(bench) == 2U);
        },
        slow
    );
}

// It waits for a provider, at nobody's cost, however often it looks for one.
BOOST_AUTO_TEST_CASE(by_its_tenants_rate_is_not_refused_for_how_often_it_found_no_room) {
    bench_options slow;
    slow.limits.tenant.of["default"] = {0.001, 2};
    int granted = 0;
    slow.leases = [&granted](std::string, std::string, send_rate, int)
        -> asio::awaitable<std::optional<int>> { co_return ++granted <= 2 ? 1 : 0; };
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const auto pause_all = [&](bool paused) {
                for (const auto& line : bench.lines.all())
                    line->entrance.set_paused(paused);
            };
            pause_all(true);
            const test_job job;
            for (int times = 0; times < 3; ++times) {
                const auto tag = bench.broker.deliver(job.body());
                co_await acked(bench, tag);
            }
            BOOST_TEST(bench.broker.count("publish otp.retry.2000 otp.send") == 3);
            pause_all(false);
            const auto tag = bench.broker.deliver(job.body());
            co_await acked(bench, tag);
            BOOST_TEST(bench.store.find(job.id)->status == "sent");
        },
        slow
    );
}

BOOST_AUTO_TEST_SUITE_END()
