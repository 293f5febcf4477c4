#include "common/async/run.hpp"
#include "common/core/random.hpp"
#include "worker/delivery/waiting_line.hpp"
#include "worker/text/template_set.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>

using namespace otp;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

const std::chrono::system_clock::time_point noon{12h};

flight_ptr a_job(const std::string& number, std::chrono::seconds asked, uuid id = new_uuid()) {
    static const template_set templates = *template_set::load("templates");
    send_job job{
        .request_id = id,
        .tenant = "acme",
        .to = *phone_number::from_e164(number),
        .purpose = "login",
        .template_name = "otp",
        .locale = "en",
        .ttl = 300s,
        .code_length = 6,
        .requested_at = noon + asked};
    const auto words = templates.choose(job);
    return std::make_unique<flight>(amqp::delivery{}, std::move(job), **words);
}

// Number and seconds past noon of each.
std::string names_of(const std::vector<flight_ptr>& jobs) {
    std::string names;
    for (const auto& job : jobs) {
        const auto asked =
            std::chrono::duration_cast<std::chrono::seconds>(job->job.requested_at - noon);
        names += job->job.to.e164().substr(10) + ":" + std::to_string(asked.count()) + " ";
    }
    return names;
}

void with_line(const std::function<asio::awaitable<void>(waiting_line&)>& play) {
    asio::io_context context(1);
    waiting_line line(context.get_executor());
    run_to_end(context, [&]() -> asio::awaitable<void> { co_await play(line); });
}

const std::string anna = "+14155550101";
const std::string bert = "+14155550102";
const std::string cleo = "+14155550103";

}  // namespace

BOOST_AUTO_TEST_SUITE(jobs_that_wait)

BOOST_AUTO_TEST_CASE(leave_in_the_order_in_which_their_numbers_came) {
    with_line([](waiting_line& line) -> asio::awaitable<void> {
        line.push(a_job(bert, 5s));
        line.push(a_job(anna, 9s));
        line.push(a_job(cleo, 1s));
        const auto two = co_await line.take(2);
        BOOST_TEST(names_of(two) == "02:5 01:9 ");
        BOOST_TEST(line.size() == 1U);
        const auto rest = co_await line.take(9);
        BOOST_TEST(names_of(rest) == "03:1 ");
    });
}

BOOST_AUTO_TEST_CASE(of_one_number_leave_one_at_a_time_and_the_newest_first) {
    with_line([](waiting_line& line) -> asio::awaitable<void> {
        line.push(a_job(anna, 2s));
        line.push(a_job(bert, 2s));
        line.push(a_job(anna, 3s));
        line.push(a_job(anna, 1s));
        const auto first = co_await line.take(9);
        BOOST_TEST(names_of(first) == "01:3 02:2 ");
        const auto second = co_await line.take(9);
        BOOST_TEST(names_of(second) == "01:2 ");
        const auto third = co_await line.take(9);
        BOOST_TEST(names_of(third) == "01:1 ");
    });
}

BOOST_AUTO_TEST_CASE(are_all_seen_however_few_are_taken) {
    with_line([](waiting_line& line) -> asio::awaitable<void> {
        line.push(a_job(anna, 0s));
        for (int i = 0; i < 1000; ++i)
            line.push(a_job("+1415555" + std::to_string(2000 + i), 0s));
        line.push(a_job(anna, 1s));
        const auto first = co_await line.take(1);
        BOOST_TEST(names_of(first) == "01:1 ");
        BOOST_TEST(line.size() == 1001U);
    });
}

BOOST_AUTO_TEST_CASE(of_one_request_never_leave_together) {
    with_line([](waiting_line& line) -> asio::awaitable<void> {
        const uuid id = new_uuid();
        line.push(a_job(anna, 0s, id));
        line.push(a_job(bert, 0s, id));
        const auto first = co_await line.take(9);
        BOOST_TEST(first.size() == 1U);
        const auto second = co_await line.take(9);
        BOOST_TEST(second.size() == 1U);
        BOOST_TEST(line.size() == 0U);
    });
}

BOOST_AUTO_TEST_CASE(can_be_given_back_at_once) {
    with_line([](waiting_line& line) -> asio::awaitable<void> {
        line.push(a_job(anna, 0s));
        line.push(a_job(anna, 1s));
        line.push(a_job(bert, 0s));
        BOOST_TEST(line.take_all().size() == 3U);
        BOOST_TEST(line.size() == 0U);
        line.push(a_job(anna, 2s));
        const auto next = co_await line.take(9);
        BOOST_TEST(names_of(next) == "01:2 ");
    });
}

BOOST_AUTO_TEST_CASE(are_handed_out_after_the_end_and_then_none) {
    with_line([](waiting_line& line) -> asio::awaitable<void> {
        line.push(a_job(anna, 0s));
        line.close();
        const auto last = co_await line.take(9);
        BOOST_TEST(last.size() == 1U);
        const auto none = co_await line.take(9);
        BOOST_TEST(none.empty());
    });
}

BOOST_AUTO_TEST_CASE(knows_when_the_oldest_of_those_that_wait_was_asked_for) {
    with_line([](waiting_line& line) -> asio::awaitable<void> {
        BOOST_TEST(!line.oldest().has_value());
        line.push(a_job("+14155550101", 30s));
        line.push(a_job("+14155550102", 10s));
        line.push(a_job("+14155550101", 20s));
        BOOST_TEST((line.oldest() == noon + 10s));
        co_await line.take(2);
        BOOST_TEST((line.oldest() == noon + 20s));
    });
}

BOOST_AUTO_TEST_SUITE_END()
