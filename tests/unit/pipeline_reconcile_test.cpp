// An attempt in doubt at a provider that can be asked whether it took it.
#include "tests/support/pipeline_scene.hpp"

#include <boost/test/unit_test.hpp>

#include <ctime>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

const std::string sid = "SM" + std::string(32, 'e');

std::string rfc2822(std::chrono::seconds ago) {
    const std::time_t at = std::time(nullptr) - ago.count();
    char text[40];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", std::gmtime(&at));
    return text;
}

// Twilio's list with one message; a text that it no longer keeps is empty.
std::string listed(
    const std::string& body,
    const std::string& status,
    const std::string& error,
    std::chrono::seconds ago = 0s
) {
    return http_answer(
        "200 OK",
        R"({"messages":[{"sid":")" + sid + R"(","direction":"outbound-api","date_created":")" +
            rfc2822(ago) + R"(","body":")" + body + R"(","status":")" + status +
            R"(","error_code":)" + error + R"(,"num_segments":"1"}]})"
    );
}

// Sent once, the answer lost; then back from its delay queue.
asio::awaitable<void> doubted_and_back(pipeline_bench& bench, const test_job& job) {
    bench.twilio.answer_with("");
    const auto first = bench.broker.deliver(job.body());
    co_await acked(bench, first);
    const auto again = bench.broker.deliver(job.body());
    co_await acked(bench, again);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(an_attempt_in_doubt)

BOOST_AUTO_TEST_CASE(that_the_provider_lists_is_sent_and_nobody_else_is_asked) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const test_job job;
        bench.twilio.list(listed("", "sent", "null"));
        co_await doubted_and_back(bench, job);
        BOOST_TEST(bench.twilio.look_ups() == 1U);
        BOOST_TEST(posts(bench) == 1U);
        const auto* row = bench.store.find(job.id);
        BOOST_TEST(row->status == "sent");
        BOOST_TEST(row->attempts.front().state == "accepted");
        BOOST_TEST(row->attempts.front().provider_message_id == sid);
    });
}

BOOST_AUTO_TEST_CASE(is_known_in_the_list_of_a_provider_whose_clock_is_some_seconds_behind) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const test_job job;
        bench.twilio.list(listed("", "sent", "null", 5s));
        co_await doubted_and_back(bench, job);
        BOOST_TEST(bench.twilio.look_ups() == 1U);
        BOOST_TEST(posts(bench) == 1U);
        BOOST_TEST(bench.store.find(job.id)->status == "sent");
    });
}

BOOST_AUTO_TEST_CASE(holds_no_place_on_a_line_while_its_provider_is_asked) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const test_job job;
        bench.twilio.answer_with("");
        const auto first = bench.broker.deliver(job.body());
        co_await acked(bench, first);
        bench.twilio.hold();
        const auto again = bench.broker.deliver(job.body());
        co_await bench.eventually([&] { return bench.twilio.look_ups() == 1; });
        for (const auto& line : bench.lines.all())
            BOOST_TEST(line->entrance.in_flight() == 0U);
        bench.twilio.release();
        co_await acked(bench, again);
        BOOST_TEST(bench.gupshup.size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(that_the_provider_does_not_list_goes_by_another_one) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const test_job job;
        bench.twilio.list(listed("another code is 000", "sent", "null"));
        co_await doubted_and_back(bench, job);
        BOOST_TEST(bench.twilio.look_ups() == 1U);
        BOOST_TEST(bench.twilio.size() == 1U);
        BOOST_TEST(bench.gupshup.size() == 1U);
        BOOST_TEST(bench.store.find(job.id)->status == "sent");
    });
}

BOOST_AUTO_TEST_CASE(goes_by_another_one_where_the_question_is_not_answered) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const test_job job;
        bench.twilio.list("");
        co_await doubted_and_back(bench, job);
        BOOST_TEST(bench.twilio.size() == 1U);
        BOOST_TEST(bench.gupshup.size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(that_failed_at_the_provider_goes_by_another_one_where_its_code_allows) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const test_job job;
        bench.twilio.list(listed("", "undelivered", "30008"));
        co_await doubted_and_back(bench, job);
        BOOST_TEST(bench.twilio.size() == 1U);
        BOOST_TEST(bench.gupshup.size() == 1U);
        BOOST_TEST(bench.store.find(job.id)->attempts.front().state != "in_doubt");
    });
}

// A text that Twilio no longer keeps may be anybody's: purposes and tenants share numbers.
BOOST_AUTO_TEST_CASE(is_not_settled_by_the_message_of_another_request_to_the_number) {
    on_bench([](pipeline_bench& bench) -> asio::awaitable<void> {
        const test_job job;
        bench.twilio.answer_with("");
        const auto first = bench.broker.deliver(job.body());
        co_await acked(bench, first);
        test_job twin;
        twin.number = job.number;
        twin.more = R"(,"tenant":"other")";
        bench.twilio.answer_with(http_answer("201 Created", R"({"sid":")" + sid + R"("})"));
        const auto other = bench.broker.deliver(twin.body());
        co_await acked(bench, other);
        bench.twilio.list(listed("", "sent", "null"));
        const auto again = bench.broker.deliver(job.body());
        co_await acked(bench, again);
        BOOST_TEST(bench.twilio.look_ups() == 1U);
        BOOST_TEST(bench.twilio.size() == 2U);
        BOOST_TEST(bench.gupshup.size() == 1U);
        const auto* row = bench.store.find(job.id);
        BOOST_TEST(row->status == "sent");
        BOOST_TEST(row->attempts.front().state == "in_doubt");
        BOOST_TEST(row->attempts.front().provider_message_id == "");
        BOOST_TEST(row->attempts.back().state == "accepted");
        BOOST_TEST(bench.store.find(twin.id)->status == "sent");
    });
}

BOOST_AUTO_TEST_CASE(that_is_held_is_asked_for_again_each_time_it_comes_back) {
    bench_options holding;
    holding.hold_doubts = true;
    on_bench(
        [](pipeline_bench& bench) -> asio::awaitable<void> {
            const test_job job;
            co_await doubted_and_back(bench, job);
            BOOST_TEST(bench.twilio.look_ups() == 1U);
            BOOST_TEST(bench.store.find(job.id)->status == "sending");
            bench.twilio.list(listed("", "delivered", "null"));
            const auto later = bench.broker.deliver(job.body());
            co_await acked(bench, later);
            BOOST_TEST(bench.twilio.look_ups() == 2U);
            BOOST_TEST(bench.store.find(job.id)->status == "sent");
            BOOST_TEST(posts(bench) == 1U);
        },
        holding
    );
}

BOOST_AUTO_TEST_SUITE_END()
