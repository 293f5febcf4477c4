#include "common/amqp/codec/ack_window.hpp"
#include "common/amqp/codec/confirm_window.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <set>
#include <tuple>
#include <vector>

using namespace otp::amqp;

namespace {

// The broker's side: which tags are outstanding, and what it was told about each.
class broker_model {
public:
    void deliver(std::uint64_t tag) { outstanding_.insert(tag); }

    void take(const verdict_frame& s) {
        // RabbitMQ closes the channel over a tag it does not hold (unknown delivery tag).
        BOOST_REQUIRE(outstanding_.contains(s.tag));
        BOOST_REQUIRE(!s.multiple || s.what == verdict::ack);
        const auto first = s.multiple ? outstanding_.begin() : outstanding_.find(s.tag);
        const auto last = std::next(outstanding_.find(s.tag));
        for (auto at = first; at != last; at = outstanding_.erase(at))
            told_[*at] = s.what;
    }

    const std::map<std::uint64_t, verdict>& told() const { return told_; }
    std::size_t outstanding() const { return outstanding_.size(); }

private:
    std::set<std::uint64_t> outstanding_;
    std::map<std::uint64_t, verdict> told_;
};

void run_random_history(std::mt19937& random) {
    ack_window window;
    broker_model broker;
    std::vector<std::uint64_t> in_flight;
    std::map<std::uint64_t, verdict> decided;
    std::uint64_t next = 1;
    for (int step = 0; step < 200; ++step) {
        const auto choice = random() % 8;
        if (choice < 3) {
            BOOST_REQUIRE(window.delivered(next));
            broker.deliver(next);
            in_flight.push_back(next++);
        } else if (choice < 7 && !in_flight.empty()) {
            const auto at =
                in_flight.begin() + static_cast<std::ptrdiff_t>(random() % in_flight.size());
            const auto what = random() % 4 != 0 ? verdict::ack : verdict::requeue;
            window.settle(*at, what);
            decided[*at] = what;
            in_flight.erase(at);
        } else {
            for (const verdict_frame& s : window.take_frames())
                broker.take(s);
            BOOST_REQUIRE((broker.told() == decided));
            BOOST_REQUIRE_EQUAL(window.outstanding(), broker.outstanding());
        }
    }
}

std::vector<std::tuple<std::uint64_t, verdict, bool>> frames(ack_window& window) {
    std::vector<std::tuple<std::uint64_t, verdict, bool>> out;
    for (const verdict_frame& s : window.take_frames())
        out.emplace_back(s.tag, s.what, s.multiple);
    return out;
}

ack_window with_deliveries(std::uint64_t count) {
    ack_window window;
    for (std::uint64_t tag = 1; tag <= count; ++tag)
        window.delivered(tag);
    return window;
}

using outcome = std::pair<int, publish_result>;

struct publishing {
    confirm_window<int> window;
    std::vector<outcome> outcomes;

    void send(int owner, std::string id) { window.sent(owner, {"x", "k", std::move(id)}); }
    bool confirm(std::uint64_t tag, bool multiple, bool acked) {
        return window.confirmed(tag, multiple, acked, [this](int owner, publish_result r) {
            outcomes.emplace_back(owner, r);
        });
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(an_ack_window)

BOOST_AUTO_TEST_CASE(tells_the_broker_every_verdict_once_and_no_other_in_any_order) {
    std::mt19937 random(20261121);
    for (int round = 0; round < 500; ++round)
        run_random_history(random);
}

BOOST_AUTO_TEST_CASE(acks_a_gapless_prefix_in_one_frame) {
    auto window = with_deliveries(4);
    for (const std::uint64_t tag : {3U, 1U, 2U})
        window.settle(tag, verdict::ack);
    BOOST_TEST(
        (frames(window) ==
         std::vector<std::tuple<std::uint64_t, verdict, bool>>{{3, verdict::ack, true}})
    );
    BOOST_TEST(window.outstanding() == 1U);
}

BOOST_AUTO_TEST_CASE(acks_behind_a_delivery_in_flight_one_by_one_and_at_once) {
    auto window = with_deliveries(4);
    window.settle(3, verdict::ack);
    window.settle(4, verdict::ack);
    BOOST_TEST(
        (frames(window) ==
         std::vector<std::tuple<std::uint64_t, verdict, bool>>{
             {3, verdict::ack, false},
             {4, verdict::ack, false}})
    );
}

BOOST_AUTO_TEST_CASE(puts_back_inside_the_prefix_before_it_acks_the_prefix) {
    auto window = with_deliveries(3);
    window.settle(1, verdict::ack);
    window.settle(2, verdict::requeue);
    window.settle(3, verdict::ack);
    BOOST_TEST(
        (frames(window) ==
         std::vector<std::tuple<std::uint64_t, verdict, bool>>{
             {2, verdict::requeue, false},
             {3, verdict::ack, true}})
    );
}

BOOST_AUTO_TEST_CASE(tells_each_of_many_behind_one_delivery_in_flight_alone_and_then_that_one) {
    ack_window window;
    window.delivered(1);
    constexpr std::uint64_t many = 100'000;
    std::uint64_t told_right = 0;
    for (std::uint64_t tag = 2; tag <= many; ++tag) {
        window.delivered(tag);
        const auto what = tag % 3 == 0 ? verdict::requeue : verdict::ack;
        window.settle(tag, what);
        const auto told = window.take_frames();
        if (told.size() == 1 && told[0].tag == tag && told[0].what == what && !told[0].multiple)
            ++told_right;
    }
    BOOST_TEST(told_right == many - 1);
    BOOST_TEST(window.outstanding() == 1U);
    window.delivered(many + 1);
    window.settle(many + 1, verdict::ack);
    window.settle(1, verdict::ack);
    BOOST_TEST(
        (frames(window) ==
         std::vector<std::tuple<std::uint64_t, verdict, bool>>{{many + 1, verdict::ack, true}})
    );
    BOOST_TEST(window.outstanding() == 0U);
}

BOOST_AUTO_TEST_CASE(keeps_the_first_verdict_and_ignores_tags_it_does_not_know) {
    auto window = with_deliveries(1);
    window.settle(1, verdict::requeue);
    window.settle(1, verdict::ack);
    window.settle(7, verdict::ack);
    window.settle(0, verdict::ack);
    BOOST_TEST(
        (frames(window) ==
         std::vector<std::tuple<std::uint64_t, verdict, bool>>{{1, verdict::requeue, false}})
    );
    BOOST_TEST(frames(window).empty());
}

BOOST_AUTO_TEST_CASE(refuses_a_tag_that_leaves_a_gap) {
    ack_window window;
    BOOST_TEST(window.delivered(1));
    BOOST_TEST(!window.delivered(3));
    BOOST_TEST(!window.delivered(1));
    BOOST_TEST(!window.delivered(std::uint64_t{1} << 60));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_confirm_window)

BOOST_AUTO_TEST_CASE(settles_all_up_to_the_tag_of_a_multiple_confirm) {
    publishing p;
    for (int i = 1; i <= 4; ++i)
        p.send(i, "id");
    BOOST_TEST(p.confirm(3, true, true));
    BOOST_TEST(
        (p.outcomes ==
         std::vector<outcome>{
             {1, publish_result::confirmed},
             {2, publish_result::confirmed},
             {3, publish_result::confirmed}})
    );
    BOOST_TEST(p.window.size() == 1U);
}

BOOST_AUTO_TEST_CASE(does_not_settle_a_message_twice) {
    publishing p;
    p.send(1, "a");
    p.send(2, "b");
    p.confirm(2, false, true);
    p.confirm(2, true, true);
    BOOST_TEST(
        (p.outcomes ==
         std::vector<outcome>{{2, publish_result::confirmed}, {1, publish_result::confirmed}})
    );
    BOOST_TEST(p.confirm(1, false, true));
    BOOST_TEST(p.outcomes.size() == 2U);
}

BOOST_AUTO_TEST_CASE(tells_a_refusal_from_a_confirm) {
    publishing p;
    p.send(1, "a");
    p.confirm(1, false, false);
    BOOST_TEST((p.outcomes == std::vector<outcome>{{1, publish_result::nacked}}));
}

BOOST_AUTO_TEST_CASE(calls_a_message_unroutable_that_came_back_before_its_confirm) {
    publishing p;
    p.send(1, "a");
    p.send(2, "b");
    p.window.returned({"x", "k", "b"});
    p.confirm(2, true, true);
    BOOST_TEST(
        (p.outcomes ==
         std::vector<outcome>{{1, publish_result::confirmed}, {2, publish_result::unroutable}})
    );
}

BOOST_AUTO_TEST_CASE(never_calls_a_returned_message_confirmed_where_two_look_alike) {
    publishing p;
    p.send(1, "same");
    p.send(2, "same");
    p.window.returned({"x", "k", "same"});
    p.confirm(2, true, true);
    for (const outcome& o : p.outcomes)
        BOOST_TEST((o.second == publish_result::unroutable));
}

BOOST_AUTO_TEST_CASE(leaves_what_was_lost_unknown_and_counts_from_one_again) {
    publishing p;
    for (int i = 1; i <= 3; ++i)
        p.send(i, "id");
    p.confirm(2, false, true);
    p.window.lost([&](int owner, publish_result r) { p.outcomes.emplace_back(owner, r); });
    p.send(9, "id");
    BOOST_TEST(p.confirm(1, false, true));
    BOOST_TEST(
        (p.outcomes ==
         std::vector<outcome>{
             {2, publish_result::confirmed},
             {1, publish_result::unknown},
             {3, publish_result::unknown},
             {9, publish_result::confirmed}})
    );
}

BOOST_AUTO_TEST_CASE(refuses_a_confirm_for_what_was_never_sent) {
    publishing p;
    p.send(1, "a");
    BOOST_TEST(!p.confirm(2, false, true));
    BOOST_TEST(!p.confirm(0, true, true));
    BOOST_TEST(p.outcomes.empty());
}

BOOST_AUTO_TEST_SUITE_END()
