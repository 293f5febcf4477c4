#include "common/async/event.hpp"
#include "common/async/gatherer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <map>

namespace asio = boost::asio;
using namespace otp;
using namespace std::chrono_literals;

namespace {

using numbers = std::vector<int>;

deadline in(std::chrono::milliseconds span) {
    return std::chrono::steady_clock::now() + span;
}

// A gatherer before a clerk, who notes what each call asks and answers the first that waits when he
// is told to: ten times the number.
struct office {
    explicit office(gatherer_bounds bounds)
        : line(tasks, bounds, [this](numbers asked, deadline) {
              return answer(std::move(asked));
          }) {}

    asio::awaitable<numbers> answer(numbers asked) {
        const auto place = calls.size();
        calls.push_back(asked);
        while (place >= done)
            co_await changed.wait();
        if (fails)
            throw std::runtime_error("the clerk is ill");
        for (int& one : asked)
            one *= 10;
        if (loses_one)
            asked.pop_back();
        co_return asked;
    }

    // A stranger who asks, and notes what came of it.
    void ask(const std::string& key, int what, deadline at = in(1h)) {
        visitors.spawn([this, key, what, at]() -> asio::awaitable<void> {
            try {
                const auto told = co_await line.ask(key, what, at);
                answers[what] = told ? std::to_string(*told) : "nothing in time";
            } catch (const std::exception& e) {
                answers[what] = e.what();
            }
        });
    }

    // One who brings several, and notes what came of all.
    void ask_all(std::vector<std::pair<std::string, int>> each, deadline at = in(1h)) {
        visitors.spawn([this, each, at]() -> asio::awaitable<void> {
            all_told = co_await line.ask_all(each, at);
        });
    }

    void settle() {
        loop.restart();
        loop.poll();
    }

    // Lets one more call be answered.
    void answer_one() {
        ++done;
        changed.notify();
        settle();
    }

    void wait_for_answer_to(int what) {
        loop.restart();
        while (!answers.contains(what))
            loop.run_one();
    }

    asio::io_context loop{1};
    task_group tasks{loop.get_executor()};
    task_group visitors{loop.get_executor()};
    event changed{loop.get_executor()};
    gatherer<int, int> line;
    std::vector<numbers> calls;
    std::map<int, std::string> answers;
    std::vector<std::optional<int>> all_told;
    std::size_t done = 0;
    bool fails = false;
    bool loses_one = false;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(gathering)

BOOST_AUTO_TEST_CASE(with_nothing_under_way_a_request_goes_at_once_and_alone) {
    office open({1, 128});
    open.ask("a", 1);
    open.settle();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}}));
    open.answer_one();
    BOOST_TEST(open.answers[1] == "10");
    open.ask("b", 2);
    open.settle();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}, {2}}));
}

BOOST_AUTO_TEST_CASE(what_comes_while_a_call_is_under_way_goes_in_the_next_and_each_gets_its_answer
) {
    office open({1, 128});
    open.ask("a", 1);
    open.settle();
    for (int i = 2; i <= 4; ++i)
        open.ask(std::to_string(i), i);
    open.settle();
    BOOST_TEST(open.calls.size() == 1u);
    open.answer_one();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}, {2, 3, 4}}));
    open.answer_one();
    BOOST_TEST(open.answers.size() == 4u);
    for (int i = 1; i <= 4; ++i)
        BOOST_TEST(open.answers[i] == std::to_string(10 * i));
}

BOOST_AUTO_TEST_CASE(what_comes_at_one_moment_shares_a_call) {
    office open({4, 128});
    for (int i = 1; i <= 3; ++i)
        open.ask(std::to_string(i), i);
    open.settle();
    BOOST_TEST((open.calls == std::vector<numbers>{{1, 2, 3}}));
}

BOOST_AUTO_TEST_CASE(no_more_calls_are_under_way_than_allowed_and_none_asks_more_than_allowed) {
    office open({2, 3});
    for (int i = 1; i <= 8; ++i)
        open.ask(std::to_string(i), i);
    open.settle();
    BOOST_TEST((open.calls == std::vector<numbers>{{1, 2, 3}, {4, 5, 6}}));
    open.answer_one();
    BOOST_TEST((open.calls.back() == numbers{7, 8}));
    open.answer_one();
    open.answer_one();
    BOOST_TEST(open.answers.size() == 8u);
    BOOST_TEST(open.calls.size() == 3u);
}

BOOST_AUTO_TEST_CASE(beside_a_call_that_is_under_way_only_a_full_one_goes) {
    office open({2, 3});
    open.ask("a", 1);
    open.settle();
    for (int i = 2; i <= 3; ++i)
        open.ask(std::to_string(i), i);
    open.settle();
    BOOST_TEST(open.calls.size() == 1u);
    open.ask("d", 4);
    open.settle();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}, {2, 3, 4}}));
}

BOOST_AUTO_TEST_CASE(those_with_one_key_go_one_after_the_other_as_they_came) {
    office open({4, 128});
    for (int i = 1; i <= 3; ++i)
        open.ask("the same", i);
    open.settle();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}}));
    open.answer_one();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}, {2}}));
    open.answer_one();
    open.answer_one();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}, {2}, {3}}));
    BOOST_TEST(open.answers[3] == "30");
}

BOOST_AUTO_TEST_CASE(a_crowd_for_one_key_is_passed_by_those_with_other_keys) {
    office open({1, 128});
    for (int i = 1; i <= 100; ++i)
        open.ask("crowded", i);
    open.ask("other", 101);
    open.settle();
    BOOST_TEST((open.calls == std::vector<numbers>{{1, 101}}));
    open.ask("third", 102);
    open.settle();
    open.answer_one();
    BOOST_TEST((open.calls.back() == numbers{102, 2}));
}

BOOST_AUTO_TEST_CASE(several_that_are_asked_at_once_share_a_call_and_are_answered_in_their_order) {
    office open({1, 128});
    open.ask_all({{"c", 3}, {"a", 1}, {"b", 2}});
    open.settle();
    BOOST_TEST((open.calls == std::vector<numbers>{{3, 1, 2}}));
    open.answer_one();
    BOOST_TEST((open.all_told == std::vector<std::optional<int>>{30, 10, 20}));
}

BOOST_AUTO_TEST_CASE(several_with_one_key_go_one_after_the_other_and_are_answered_in_their_order) {
    office open({1, 128});
    open.ask_all({{"a", 1}, {"a", 2}, {"b", 3}});
    open.settle();
    open.answer_one();
    BOOST_TEST(open.all_told.empty());
    open.answer_one();
    BOOST_TEST((open.calls == std::vector<numbers>{{1, 3}, {2}}));
    BOOST_TEST((open.all_told == std::vector<std::optional<int>>{10, 20, 30}));
}

BOOST_AUTO_TEST_CASE(who_asks_several_and_leaves_leaves_none_in_the_line) {
    office open({1, 1});
    open.ask_all({{"a", 1}, {"a", 2}, {"b", 3}});
    open.settle();
    open.visitors.cancel();
    open.settle();
    open.answer_one();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}}));
    BOOST_TEST(open.line.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(a_request_whose_time_is_up_while_it_waits_never_goes) {
    office open({1, 128});
    open.ask("a", 1);
    open.settle();
    open.ask("b", 2, in(20ms));
    open.ask("c", 3);
    open.wait_for_answer_to(2);
    BOOST_TEST(open.answers[2] == "nothing in time");
    open.answer_one();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}, {3}}));
}

BOOST_AUTO_TEST_CASE(who_leaves_the_line_of_a_key_leaves_the_next_their_place) {
    office open({1, 128});
    open.ask("a", 1);
    open.settle();
    open.ask("a", 2, in(20ms));
    open.ask("a", 3);
    open.wait_for_answer_to(2);
    open.answer_one();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}, {3}}));
    open.answer_one();
    BOOST_TEST(open.answers[3] == "30");
}

BOOST_AUTO_TEST_CASE(
    a_request_whose_time_is_up_under_way_is_told_so_and_its_neighbours_get_their_answers
) {
    office open({1, 128});
    open.ask("a", 1, in(20ms));
    open.ask("b", 2);
    open.wait_for_answer_to(1);
    BOOST_TEST(open.answers[1] == "nothing in time");
    BOOST_TEST(open.answers.size() == 1u);
    open.answer_one();
    BOOST_TEST(open.answers[2] == "20");
    BOOST_TEST((open.calls == std::vector<numbers>{{1, 2}}));
}

BOOST_AUTO_TEST_CASE(its_key_stays_taken_until_the_call_has_ended) {
    office open({2, 128});
    open.ask("a", 1, in(20ms));
    open.wait_for_answer_to(1);
    open.ask("a", 2);
    open.settle();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}}));
    open.answer_one();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}, {2}}));
}

BOOST_AUTO_TEST_CASE(who_is_cancelled_takes_no_neighbour_along) {
    office open({1, 128});
    open.ask("a", 1);
    open.settle();
    BOOST_TEST(open.calls.size() == 1u);
    open.visitors.cancel();
    open.settle();
    BOOST_TEST(open.answers.contains(1));
    BOOST_TEST(open.answers[1] != "10");
    task_group others{open.loop.get_executor()};
    std::optional<int> told;
    const std::string key = "b";
    others.spawn([&]() -> asio::awaitable<void> { told = co_await open.line.ask(key, 2, in(1h)); });
    open.settle();
    BOOST_TEST(open.calls.size() == 1u);
    open.answer_one();
    open.answer_one();
    BOOST_TEST((open.calls == std::vector<numbers>{{1}, {2}}));
    BOOST_TEST((told == 20));
}

BOOST_AUTO_TEST_CASE(what_a_call_throws_is_thrown_to_each_of_its_own_and_to_no_other) {
    office open({1, 128});
    open.ask("a", 1);
    open.ask("b", 2);
    open.settle();
    open.ask("c", 3);
    open.settle();
    open.fails = true;
    open.answer_one();
    BOOST_TEST(open.answers[1] == "the clerk is ill");
    BOOST_TEST(open.answers[2] == "the clerk is ill");
    open.fails = false;
    open.answer_one();
    BOOST_TEST(open.answers[3] == "30");
}

BOOST_AUTO_TEST_CASE(a_call_that_leaves_a_request_out_is_a_bug_that_all_of_it_hear_of) {
    office open({1, 128});
    open.loses_one = true;
    open.ask("a", 1);
    open.ask("b", 2);
    open.settle();
    open.answer_one();
    BOOST_TEST(open.answers[1].starts_with("gatherer:"));
    BOOST_TEST(open.answers[2].starts_with("gatherer:"));
}

BOOST_AUTO_TEST_SUITE_END()
