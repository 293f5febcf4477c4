#include "common/amqp/codec/session.hpp"
#include "tests/unit/amqp_script.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace otp::amqp;
using namespace otp::test;
namespace says = otp::test::broker_says;
using ids = std::vector<method_id>;

namespace {

// A channel brought up on a session that is up.
struct open_channel {
    explicit open_channel(
        std::size_t body_limit = default_body_limit,
        std::uint32_t frame_max = 131072
    )
        : peer(limited(body_limit)) {
        bring_up(peer, frame_max);
        number = peer.open_channel(events);
        feed(peer, says::channel_open_ok(number));
        sent_by(peer);
    }
    static session_options limited(std::size_t body_limit) {
        session_options options = guest();
        options.body_limit = body_limit;
        return options;
    }

    session peer;
    recorder events;
    std::uint16_t number = 0;
};

error feed_in_pieces(session& s, std::string_view octets, std::size_t piece) {
    std::string unread;
    error failed;
    while (!failed && !octets.empty()) {
        unread.append(octets.substr(0, piece));
        octets.remove_prefix(std::min(piece, octets.size()));
        std::string_view in = unread;
        failed = s.feed(in);
        unread = std::string(in);
    }
    return failed;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_session)

BOOST_AUTO_TEST_CASE(comes_up_through_the_handshake) {
    session s(guest());
    BOOST_TEST(sent_by(s) == std::string("AMQP\0\0\x09\x01", 8));
    BOOST_TEST(!feed(s, says::start()));
    BOOST_TEST((methods_in(sent_by(s)) == ids{method_id::connection_start_ok}));
    BOOST_TEST(!feed(s, says::tune()));
    BOOST_TEST(
        (methods_in(sent_by(s)) == ids{method_id::connection_tune_ok, method_id::connection_open})
    );
    BOOST_TEST(!s.up());
    BOOST_TEST(!feed(s, says::open_ok()));
    BOOST_TEST(s.up());
}

BOOST_AUTO_TEST_CASE(does_not_care_where_the_stream_is_cut) {
    const std::string rest = says::a_long_conversation().substr(says::handshake().size());
    for (std::size_t piece = 1; piece <= rest.size(); ++piece) {
        session s(guest());
        recorder events;
        BOOST_REQUIRE(!feed_in_pieces(s, says::handshake(), piece));
        s.open_channel(events);
        BOOST_REQUIRE_EQUAL(feed_in_pieces(s, rest, piece).what(), "320 CONNECTION_FORCED");
        BOOST_REQUIRE_EQUAL(events.deliveries.size(), 3U);
        BOOST_REQUIRE_EQUAL(events.deliveries[1].body, "0123456789");
        BOOST_REQUIRE_EQUAL(events.returns.size(), 1U);
    }
}

BOOST_AUTO_TEST_CASE(agrees_on_the_smaller_limits_and_the_shorter_heartbeat) {
    session s(guest());
    feed(s, says::start() + says::tune(8192, 60));
    BOOST_TEST(s.frame_max() == 8192U);
    BOOST_TEST(s.heartbeat_seconds() == 10);
    session unlimited(guest());
    feed(unlimited, says::start() + says::tune(0, 0, 0));
    BOOST_TEST(unlimited.frame_max() == 131072U);
    BOOST_TEST(unlimited.heartbeat_seconds() == 10);
    session tiny(guest());
    BOOST_TEST(
        feed(tiny, says::start() + says::tune(4095)).what().find("4096") != std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(hands_on_the_brokers_words_where_it_closes_at_any_step_and_answers) {
    const std::vector<std::string> steps{says::start(), says::tune(), says::open_ok()};
    for (std::size_t taken = 0; taken <= steps.size(); ++taken) {
        session s(guest());
        for (std::size_t i = 0; i < taken; ++i)
            BOOST_TEST(!feed(s, steps[i]));
        sent_by(s);
        const error failed = feed(s, says::closing(0, 403, "ACCESS_REFUSED - Login was refused"));
        BOOST_TEST(failed.what() == "403 ACCESS_REFUSED - Login was refused");
        BOOST_TEST((methods_in(sent_by(s)) == ids{method_id::connection_close_ok}));
        BOOST_TEST(!s.up());
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_comes_out_of_order) {
    for (const std::string& early :
         {says::tune(),
          says::open_ok(),
          says::start() + says::start(),
          says::start() + says::open_ok(),
          says::start() + says::tune() + says::tune(),
          says::handshake() + says::open_ok(),
          says::handshake() + says::method(0, method_id::connection_close_ok),
          says::handshake() + says::method(0, method_id::basic_qos_ok),
          says::handshake() + says::body(0, "x"),
          says::handshake() + says::body(1, "x"),
          says::handshake() + says::method(0, static_cast<method_id>(0x00010001))}) {
        session s(guest());
        BOOST_TEST((feed(s, early).code == make_error_code(errc::protocol)));
    }
}

BOOST_AUTO_TEST_CASE(says_so_where_the_broker_speaks_another_protocol_or_knows_no_password) {
    session other(guest());
    BOOST_TEST(
        feed(other, std::string("AMQP\0\1\0\0", 8)).what() ==
        "protocol error: the broker does not speak AMQP 0-9-1"
    );
    session external(guest());
    BOOST_TEST(
        feed(external, says::start("EXTERNAL")).what() ==
        "protocol error: the broker offers no PLAIN log-in, only EXTERNAL"
    );
}

BOOST_AUTO_TEST_CASE(beats_where_it_was_silent_and_only_there) {
    session s(guest());
    bring_up(s);
    BOOST_TEST(!s.tick());  // the handshake was just sent
    BOOST_TEST(sent_by(s).empty());
    feed(s, "");
    BOOST_TEST(!s.tick());
    BOOST_TEST(sent_by(s).size() == wire::frame_overhead);
}

BOOST_AUTO_TEST_CASE(gives_up_after_two_intervals_of_silence) {
    session s(guest());
    bring_up(s);
    BOOST_TEST(!s.tick());
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(!s.tick());
    BOOST_TEST(s.tick().what() == "heartbeat timeout: nothing received for 20 s");
}

BOOST_AUTO_TEST_CASE(tells_when_the_broker_blocks_and_unblocks) {
    session s(guest());
    bring_up(s);
    std::string seen;
    s.on_blocked = [&](bool blocked, std::string_view why) {
        seen += blocked ? "blocked: " + std::string(why) + "; " : "unblocked";
    };
    std::string reason;
    wire::put_short_string(reason, "low on memory");
    feed(s, says::method(0, method_id::connection_blocked, reason));
    feed(s, says::method(0, method_id::connection_unblocked));
    BOOST_TEST(seen == "blocked: low on memory; unblocked");
}

BOOST_AUTO_TEST_CASE(ends_well_once_its_close_is_answered) {
    open_channel c;
    c.peer.close();
    BOOST_TEST((methods_in(sent_by(c.peer)) == ids{method_id::connection_close}));
    // What was under way still comes.
    BOOST_TEST(!feed(c.peer, says::message(c.number, 1, "late")));
    const error ended = feed(c.peer, says::method(0, method_id::connection_close_ok));
    BOOST_TEST((ended.code == make_error_code(errc::stopped)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_channel)

BOOST_AUTO_TEST_CASE(can_be_had_only_while_the_session_is_up_and_as_many_as_agreed) {
    session s(guest());
    recorder events;
    BOOST_TEST(s.open_channel(events) == 0);
    feed(s, says::start() + says::tune(131072, 60, 2) + says::open_ok());
    BOOST_TEST(s.open_channel(events) == 1);
    BOOST_TEST(s.open_channel(events) == 2);
    BOOST_TEST(s.open_channel(events) == 0);
}

BOOST_AUTO_TEST_CASE(gets_its_answers_in_order_and_none_it_did_not_ask_for) {
    open_channel c;
    std::string seen;
    c.peer.expect(c.number, method_id::basic_qos_ok, [&](const error&, const method&) {
        seen += 'q';
    });
    c.peer.expect(c.number, method_id::confirm_select_ok, [&](const error&, const method&) {
        seen += 'c';
    });
    feed(
        c.peer,
        says::method(c.number, method_id::basic_qos_ok) +
            says::method(c.number, method_id::confirm_select_ok)
    );
    BOOST_TEST(seen == "qc");
    BOOST_TEST(
        (feed(c.peer, says::method(c.number, method_id::basic_qos_ok)).code ==
         make_error_code(errc::protocol))
    );
}

BOOST_AUTO_TEST_CASE(that_the_broker_closes_tells_all_who_wait_and_leaves_the_connection_up) {
    open_channel c;
    std::string answer;
    c.peer.expect(c.number, method_id::queue_declare_ok, [&](const error& e, const method&) {
        answer = e.what();
    });
    BOOST_TEST(!feed(
        c.peer,
        says::closing(c.number, 406, "PRECONDITION_FAILED - inequivalent arg 'x-max-length'")
    ));
    BOOST_TEST(answer == "406 PRECONDITION_FAILED - inequivalent arg 'x-max-length'");
    BOOST_TEST(
        c.events.closes == std::vector<std::string>{answer},
        boost::test_tools::per_element()
    );
    BOOST_TEST((methods_in(sent_by(c.peer)) == ids{method_id::channel_close_ok}));
    BOOST_TEST(c.peer.up());
    std::string late;
    c.peer.expect(c.number, method_id::basic_qos_ok, [&](const error& e, const method&) {
        late = e.what();
    });
    BOOST_TEST(late == "connection lost: the channel is closed");
}

BOOST_AUTO_TEST_CASE(that_we_closed_is_silent_although_frames_still_come) {
    open_channel c;
    c.peer.close_channel(c.number);
    BOOST_TEST((methods_in(sent_by(c.peer)) == ids{method_id::channel_close}));
    BOOST_TEST(
        !feed(c.peer, says::message(c.number, 1, "late") + says::closing(c.number, 404, "crossed"))
    );
    BOOST_TEST(!feed(c.peer, says::method(c.number, method_id::channel_close_ok)));
    BOOST_TEST(c.events.deliveries.empty());
    BOOST_TEST(c.events.closes.empty());
    recorder next;
    BOOST_TEST(c.peer.open_channel(next) == c.number);
}

BOOST_AUTO_TEST_CASE(is_told_once_when_the_connection_is_lost) {
    open_channel c;
    c.peer.fail({errc::lost, ""});
    c.peer.fail({errc::lost, ""});
    BOOST_TEST(c.events.closes.size() == 1U);
}

BOOST_AUTO_TEST_CASE(delivers_a_message_with_all_that_belongs_to_it) {
    open_channel c;
    message_properties p;
    p.message_id = "id";
    feed(
        c.peer,
        says::deliver(c.number, 7, true) + says::header(c.number, 4, p) +
            says::body(c.number, "bo") + says::body(c.number, "dy")
    );
    BOOST_REQUIRE(c.events.deliveries.size() == 1U);
    const delivery& d = c.events.deliveries.front();
    BOOST_TEST(
        (d.tag == 7U && d.redelivered && d.exchange == "from-exchange" && d.routing_key == "by-key")
    );
    BOOST_TEST(
        (d.properties.message_id == "id" && d.body == "body" && d.body_size == 4U && !d.truncated)
    );
}

BOOST_AUTO_TEST_CASE(takes_headers_that_the_broker_made_longer_than_a_frame_may_be) {
    open_channel c(default_body_limit, 8192);
    message_properties p;
    p.headers.emplace_back("big", std::string(2 * 8192 - 100, 'x'));
    feed(c.peer, says::deliver(c.number, 1) + says::header(c.number, 4, p));
    feed(c.peer, says::body(c.number, "body"));
    BOOST_REQUIRE(c.events.deliveries.size() == 1U);
    BOOST_TEST(find_string(c.events.deliveries[0].properties.raw_headers, "big")->size() == 16284U);
    p.headers.emplace_back("more", std::string(100, 'x'));
    const error failed = feed(c.peer, says::deliver(c.number, 2) + says::header(c.number, 4, p));
    BOOST_TEST(failed.what() == "protocol error: malformed frame");
}

BOOST_AUTO_TEST_CASE(keeps_the_beginning_of_a_body_over_the_limit_and_the_stream_in_step) {
    open_channel c(10);
    feed(
        c.peer,
        says::deliver(c.number, 1) + says::header(c.number, 18) + says::body(c.number, "012345") +
            says::body(c.number, "678901") + says::body(c.number, "234567")
    );
    feed(c.peer, says::message(c.number, 2, "0123456789"));
    BOOST_REQUIRE(c.events.deliveries.size() == 2U);
    BOOST_TEST(c.events.deliveries[0].body == "0123456789");
    BOOST_TEST(c.events.deliveries[0].body_size == 18U);
    BOOST_TEST(c.events.deliveries[0].truncated);
    BOOST_TEST(c.events.deliveries[1].body == "0123456789");
    BOOST_TEST(!c.events.deliveries[1].truncated);
}

BOOST_AUTO_TEST_CASE(takes_the_announced_size_of_a_body_for_no_promise_of_memory) {
    open_channel c;
    BOOST_TEST(!feed(c.peer, says::deliver(c.number, 1) + says::header(c.number, ~std::uint64_t{0}))
    );
}

BOOST_AUTO_TEST_CASE(refuses_content_that_does_not_fit_together) {
    for (const std::string& odd :
         {says::header(1, 1),
          says::body(1, "x"),
          says::deliver(1, 1) + says::body(1, "x"),
          says::deliver(1, 1) + says::deliver(1, 2),
          says::deliver(1, 1) + says::header(1, 1) + says::header(1, 1),
          says::deliver(1, 1) + says::header(1, 1) + says::body(1, "xx"),
          says::message(1, 1, "") + says::body(1, "x")}) {
        open_channel c;
        BOOST_TEST((feed(c.peer, odd).code == make_error_code(errc::protocol)));
    }
}

BOOST_AUTO_TEST_CASE(hears_of_confirms_returns_and_cancels) {
    open_channel c;
    feed(
        c.peer,
        says::settled(1, method_id::basic_ack, 5, true) +
            says::settled(1, method_id::basic_nack, 6, false) + says::returned(1, "x", "k", "id")
    );
    std::string tag;
    wire::put_short_string(tag, "otp");
    feed(c.peer, says::method(1, method_id::basic_cancel, tag + '\x01'));
    BOOST_REQUIRE(c.events.confirms.size() == 2U);
    BOOST_TEST(
        (c.events.confirms[0].tag == 5U && c.events.confirms[0].multiple &&
         c.events.confirms[0].acked)
    );
    BOOST_TEST(
        (c.events.confirms[1].tag == 6U && !c.events.confirms[1].multiple &&
         !c.events.confirms[1].acked)
    );
    BOOST_REQUIRE(c.events.returns.size() == 1U);
    BOOST_TEST(c.events.returns[0].properties.message_id == "id");
    BOOST_TEST(c.events.cancels == 1);
}

BOOST_AUTO_TEST_SUITE_END()
