#include "common/job/outcome_event.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

BOOST_AUTO_TEST_SUITE(an_outcome_event)

BOOST_AUTO_TEST_CASE(says_what_the_contract_lists_and_null_where_there_is_nothing) {
    outcome_event event;
    event.kind = "delivery";
    event.status = "sent";
    event.request_id = parse_uuid("018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f");
    event.tenant = "acme";
    event.purpose = "login";
    event.at = std::chrono::system_clock::from_time_t(1795169730) + std::chrono::milliseconds(250);
    event.provider = "twilio";
    event.channel = "sms";
    BOOST_TEST(routing_key(event) == "delivery.sent");
    BOOST_TEST(
        write_event(event) ==
        R"({"version":1,"event":"delivery.sent","request_id":"018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f",)"
        R"("verification_id":null,"tenant":"acme","user":null,"purpose":"login",)"
        R"("at":"2026-11-20T10:15:30.250Z","provider":"twilio","channel":"sms","reason":null})"
    );
}

BOOST_AUTO_TEST_SUITE_END()
