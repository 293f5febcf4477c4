// Stands in for a fuzzer in every run of the tests; meant for the sanitizers.
#include "common/amqp/codec/session.hpp"
#include "tests/unit/amqp_script.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace otp::amqp;
using namespace otp::test;

BOOST_AUTO_TEST_SUITE(a_hostile_stream)

BOOST_AUTO_TEST_CASE(never_makes_the_session_crash_or_stall) {
    const std::string all = broker_says::a_long_conversation();
    const std::string handshake = broker_says::handshake();
    std::mt19937 random(5);
    int survived = 0;
    for (int round = 0; round < 30'000; ++round) {
        std::string octets = all;
        for (auto changes = 1 + random() % 4; changes != 0; --changes) {
            const auto at = random() % octets.size();
            switch (random() % 4) {
            case 0:
                octets[at] = static_cast<char>(random());
                break;
            case 1:
                octets[at] = static_cast<char>(octets[at] ^ (1 << random() % 8));
                break;
            case 2:
                octets.erase(at, 1 + random() % 8);
                break;
            default:
                octets.insert(at, octets.substr(random() % octets.size(), random() % 16));
            }
        }
        session s(guest());
        recorder events;
        std::string_view in = octets;
        // The handshake first, so that a channel is open for the rest.
        std::string_view head = in.substr(0, std::min(handshake.size(), in.size()));
        const std::size_t before = head.size();
        if (!s.feed(head) && s.up()) {
            ++survived;
            s.open_channel(events);
        }
        in.remove_prefix(before - head.size());
        s.feed(in);
        for (const delivery& d : events.deliveries)
            find_deaths(d.properties.raw_headers);
        s.fail({errc::lost, ""});
    }
    BOOST_TEST(survived > 10'000);  // else the mutations miss what they are for
}

BOOST_AUTO_TEST_CASE(of_random_octets_is_refused_by_every_reader_without_reading_past_its_end) {
    std::mt19937 random(11);
    for (int round = 0; round < 100'000; ++round) {
        // On the heap and of exact size, so that the sanitizer sees one octet too many.
        std::vector<char> octets(random() % 64);
        for (char& c : octets)
            c = static_cast<char>(random() % 3 == 0 ? random() % 4 : random());
        const std::string_view view(octets.data(), octets.size());
        method m;
        read_method(view, m);
        message_properties p;
        if (read_properties(view, p))
            BOOST_TEST(well_formed(p.raw_headers));
        well_formed(view);
        find_integer(view, "x");
        find_deaths(view);
    }
}

BOOST_AUTO_TEST_SUITE_END()
