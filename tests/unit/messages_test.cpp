#include "common/amqp/codec/table.hpp"
#include "worker/delivery/messages.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace std::chrono_literals;

namespace {

const std::chrono::system_clock::time_point requested{1'795'169'730s};  // 2026-11-20T10:15:30Z

std::string header_entries(const amqp::table& headers) {
    std::string octets;
    amqp::put_table(octets, {}, headers);
    return octets.substr(4);  // without the length
}

amqp::delivery received() {
    amqp::delivery message;
    message.tag = 7;
    message.exchange = "otp";
    message.routing_key = "send";
    message.properties.content_type = "application/json";
    message.properties.type = "send-otp";
    message.properties.message_id = "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f";
    message.properties.correlation_id = "c-1";
    message.properties.app_id = "shop";
    message.properties.delivery_mode = 1;
    message.properties.expiration = "60000";
    message.properties.raw_headers =
        header_entries({{"traceparent", std::string("00-1-2-01")}, {"tries", std::int64_t{3}}});
    message.body = "{\"to\": \"+14155550100\"}  ";
    return message;
}

void check_kept(const amqp::outgoing_message& sent) {
    const auto was = received();
    BOOST_TEST(sent.body == was.body);
    BOOST_TEST(sent.properties.content_type == was.properties.content_type);
    BOOST_TEST(sent.properties.type == was.properties.type);
    BOOST_TEST(sent.properties.message_id == was.properties.message_id);
    BOOST_TEST(sent.properties.correlation_id == was.properties.correlation_id);
    BOOST_TEST(sent.properties.app_id == was.properties.app_id);
    BOOST_TEST(sent.properties.raw_headers == was.properties.raw_headers);
    BOOST_TEST(sent.properties.delivery_mode == 2);  // it must outlive the broker
    BOOST_TEST(sent.properties.expiration.empty());  // and not die on its way
    BOOST_TEST(sent.mandatory);
}

std::string text_of(const amqp::table& headers, std::string_view name) {
    for (const auto& one : headers)
        if (one.name == name)
            return std::get<std::string>(one.content);
    return "(none)";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_message_that_is_put_back)

BOOST_AUTO_TEST_CASE(goes_by_the_delay_queue_to_the_queue_it_came_from) {
    const auto sent = put_back(received(), "otp.send", 500, requested);
    BOOST_TEST(sent.exchange == "otp.retry.500");
    BOOST_TEST(sent.routing_key == "otp.send");
}

BOOST_AUTO_TEST_CASE(keeps_body_properties_and_headers) {
    const auto sent = put_back(received(), "otp.send", 250, requested);
    check_kept(sent);
    BOOST_TEST(sent.properties.headers.empty());
}

BOOST_AUTO_TEST_CASE(goes_to_no_other_queue_whatever_further_keys_it_was_published_with) {
    auto message = received();
    const auto others = header_entries({{"CC", std::string("a")}, {"BCC", std::string("b")}});
    message.properties.raw_headers = others + received().properties.raw_headers + others;
    const auto sent = put_back(message, "otp.send", 250, requested);
    BOOST_TEST(sent.properties.raw_headers == received().properties.raw_headers);
}

BOOST_AUTO_TEST_CASE(keeps_only_its_trace_where_its_headers_leave_the_broker_no_room) {
    auto message = received();
    const auto with_header_of = [](std::size_t size) {
        return received().properties.raw_headers +
               header_entries({{"big", std::string(size, 'x')}});
    };
    message.properties.raw_headers = with_header_of(119 * 1024);
    auto sent = put_back(message, "otp.send", 250, requested);
    BOOST_TEST(sent.properties.raw_headers == message.properties.raw_headers);
    message.properties.raw_headers = with_header_of(120 * 1024);
    sent = put_back(message, "otp.send", 250, requested);
    const auto trace = header_entries({{"traceparent", std::string("00-1-2-01")}});
    BOOST_TEST(sent.properties.raw_headers == trace);
}

BOOST_AUTO_TEST_CASE(carries_the_time_of_its_request_where_it_had_none) {
    const auto sent = put_back(received(), "otp.send", 250, requested);
    BOOST_TEST_REQUIRE(sent.properties.timestamp.has_value());
    BOOST_TEST(*sent.properties.timestamp == 1'795'169'730U);
}

BOOST_AUTO_TEST_CASE(keeps_a_time_it_had) {
    auto message = received();
    message.properties.timestamp = 1'795'169'000U;
    const auto sent = put_back(message, "otp.send", 250, requested);
    BOOST_TEST(*sent.properties.timestamp == 1'795'169'000U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_dead_letter)

BOOST_AUTO_TEST_CASE(is_the_message_as_it_came_with_the_reason_beside_it) {
    const auto sent = dead_letter(received(), "unknown_field", "field \"too\" is not known");
    BOOST_TEST(sent.exchange == "otp.dead");
    BOOST_TEST(sent.routing_key == "dead");
    check_kept(sent);
    BOOST_TEST(!sent.properties.timestamp);
    BOOST_TEST(text_of(sent.properties.headers, "x-otp-reason") == "unknown_field");
    BOOST_TEST(text_of(sent.properties.headers, "x-otp-detail") == "field \"too\" is not known");
    BOOST_TEST(text_of(sent.properties.headers, "x-otp-routing-key") == "(none)");
}

BOOST_AUTO_TEST_CASE(of_another_queue_keeps_the_key_by_which_it_came) {
    auto message = received();
    message.routing_key = "otp.acme";
    const auto sent = dead_letter(message, "wrong_tenant", "tenant: expected acme");
    BOOST_TEST(text_of(sent.properties.headers, "x-otp-routing-key") == "otp.acme");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(an_event)

BOOST_AUTO_TEST_CASE(is_published_by_its_status_and_needs_no_listener) {
    outcome_event event;
    event.kind = "delivery";
    event.status = "sent";
    event.at = requested;
    const auto sent = event_message(event, "00-1-2-01");
    BOOST_TEST(sent.exchange == "otp.events");
    BOOST_TEST(sent.routing_key == "delivery.sent");
    BOOST_TEST(!sent.mandatory);
    BOOST_TEST(sent.properties.content_type == "application/json");
    BOOST_TEST(text_of(sent.properties.headers, "traceparent") == "00-1-2-01");
    BOOST_TEST(event_message(event, std::nullopt).properties.headers.empty());
}

BOOST_AUTO_TEST_SUITE_END()
