#include "common/job/send_job.hpp"
#include "tests/unit/job_bodies.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(the_body_of_a_job)

BOOST_AUTO_TEST_CASE(gives_every_field) {
    const auto job = parse(R"({
        "version": 1, "request_id": "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f",
        "to": "+14155550100", "purpose": "login", "channel": ["whatsapp", "sms", "whatsapp"],
        "template": "bank", "locale": "en-GB", "variables": {"app": "Acm\u00e9", "b": ""},
        "ttl_seconds": 120, "code_length": 8, "requested_at": "2026-11-20T10:15:29.250Z",
        "tenant": "acme", "user": "u-1842", "client_ip": "2001:DB8:0::1"})");
    BOOST_REQUIRE(job.has_value());
    BOOST_TEST(to_string(job->request_id) == id);
    BOOST_TEST(job->to.e164() == "+14155550100");
    BOOST_TEST(job->purpose == "login");
    BOOST_TEST((job->channels == std::vector{channel::whatsapp, channel::sms}));
    BOOST_TEST(job->template_name == "bank");
    BOOST_TEST(job->locale == "en-GB");
    BOOST_REQUIRE(job->variables.size() == 2U);
    BOOST_TEST(job->variables[0].first == "app");
    BOOST_TEST(job->variables[0].second == "Acm\u00e9");
    BOOST_TEST(job->variables[1].second == "");
    BOOST_TEST(job->ttl.count() == 120);
    BOOST_TEST(job->code_length == 8);
    BOOST_TEST((job->requested_at == now - 750ms));
    BOOST_TEST((job->deadline() == now - 750ms + 120s));
    BOOST_TEST(job->tenant == "acme");
    BOOST_TEST(*job->user == "u-1842");
    BOOST_TEST(*job->client_ip == "2001:db8::1");
}

BOOST_AUTO_TEST_CASE(has_one_spelling_of_an_address_however_it_is_written) {
    const auto address = [](const std::string& written) {
        return *parse(field("client_ip", "\"" + written + "\""))->client_ip;
    };
    for (const char* same :
         {"203.0.113.9", "::ffff:203.0.113.9", "::FFFF:cb00:7109", "0:0:0:0:0:ffff:cb00:7109"})
        BOOST_TEST(address(same) == "203.0.113.9", same);
    BOOST_TEST(address("::ffff:0:0") == "0.0.0.0");
    for (const char* other : {"::ffff:0:cb00:7109", "64:ff9b::cb00:7109", "::203.0.113.9"})
        BOOST_TEST(address(other).find(':') != std::string::npos, other);
}

BOOST_AUTO_TEST_CASE(may_leave_out_all_but_the_id_and_the_number) {
    const auto job = parse_job(with(), {}, job_defaults{120s, 8}, now);
    BOOST_REQUIRE(job.has_value());
    BOOST_TEST(job->purpose == "default");
    BOOST_TEST(job->tenant == "default");
    BOOST_TEST(job->channels.empty());
    BOOST_TEST(job->template_name == "otp");
    BOOST_TEST(job->locale == "");
    BOOST_TEST(job->variables.empty());
    BOOST_TEST(job->ttl.count() == 120);
    BOOST_TEST(job->code_length == 8);
    BOOST_TEST((job->requested_at == now));
    BOOST_TEST(!job->user.has_value());
    BOOST_TEST(!job->client_ip.has_value());
}

BOOST_AUTO_TEST_CASE(may_have_64_kib_and_not_a_byte_more) {
    auto body = with();
    body.append(max_job_bytes - body.size(), ' ');
    BOOST_TEST(refusal(body) == "");
    body += ' ';
    BOOST_TEST(refusal(body) == "body_too_large | body: expected at most 65536 bytes");
    job_envelope cut;
    cut.body_size = 65537;
    BOOST_TEST(refusal(with(), cut) == "body_too_large | body: expected at most 65536 bytes");
}

BOOST_AUTO_TEST_CASE(may_be_nested_as_deeply_as_it_can_without_harm) {
    const auto brackets = "{\"variables\":" + std::string(30000, '[');
    BOOST_TEST(
        refusal(brackets + std::string(30000, ']') + "}") ==
        "invalid_field | variables: expected an object of at most 16 strings"
    );
    BOOST_TEST(parse(brackets).error().reason == "not_json");
    std::string objects;
    while (objects.size() < 60000)
        objects += "{\"a\":";
    BOOST_TEST(parse(objects).error().reason == "not_json");
}

BOOST_AUTO_TEST_CASE(cut_at_any_byte_is_refused) {
    const auto whole = field("variables", R"({"app":"Acm\u00e9 \ud83d\udd10"})");
    for (std::size_t size = 0; size < whole.size(); ++size)
        BOOST_TEST(parse(whole.substr(0, size)).has_error());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_message_around_a_job)

BOOST_AUTO_TEST_CASE(may_say_nothing_or_what_is_right) {
    for (const auto type :
         {"",
          "application/json",
          "Application/JSON",
          "application/json; charset=utf-8",
          "application/json ;charset=UTF-8"}) {
        job_envelope envelope;
        envelope.content_type = type;
        envelope.type = "send-otp";
        envelope.message_id = id;
        BOOST_TEST(refusal(with(), envelope) == "", type);
    }
}

BOOST_AUTO_TEST_CASE(with_another_content_type_is_refused) {
    for (const auto type : {"text/plain", "application/json5", "application/jso", "json", ";"}) {
        job_envelope envelope;
        envelope.content_type = type;
        BOOST_TEST(
            refusal(with(), envelope) ==
                "wrong_content_type | content_type: expected application/json",
            type
        );
    }
}

BOOST_AUTO_TEST_CASE(with_another_type_is_refused) {
    job_envelope envelope;
    envelope.type = "Send-OTP";
    BOOST_TEST(refusal(with(), envelope) == "wrong_type | type: expected send-otp");
}

BOOST_AUTO_TEST_CASE(gives_the_request_id_where_the_body_does_not) {
    job_envelope envelope;
    envelope.message_id = other_id;
    const auto job = parse(R"({"to":"+14155550100"})", envelope);
    BOOST_REQUIRE(job.has_value());
    BOOST_TEST(to_string(job->request_id) == other_id);
    envelope.message_id = "7";
    BOOST_TEST(
        refusal(R"({"to":"+14155550100"})", envelope) ==
        "missing_field | request_id: expected a UUID, here or as message_id"
    );
}

BOOST_AUTO_TEST_CASE(must_not_name_another_request_id) {
    job_envelope envelope;
    for (const auto& wrong : {other_id, std::string("7")}) {
        envelope.message_id = wrong;
        BOOST_TEST(
            refusal(with(), envelope) ==
            "request_id_mismatch | request_id: expected the same UUID as message_id"
        );
    }
    envelope.message_id = "018F6F5E-7D3C-7A43-9D0F-5B1C2A3D4E5F";
    BOOST_TEST(refusal(with(), envelope) == "");
}

BOOST_AUTO_TEST_CASE(gives_the_time_of_request_where_the_body_does_not) {
    job_envelope envelope;
    const auto seconds = static_cast<std::uint64_t>(std::chrono::system_clock::to_time_t(now));
    envelope.timestamp = seconds - 20;
    BOOST_TEST((parse(with(), envelope)->requested_at == now - 20s));
    BOOST_TEST(
        (parse(field("requested_at", "\"2026-11-20T10:15:20Z\""), envelope)->requested_at ==
         now - 10s)
    );
    // In milliseconds, by mistake, and beyond what a clock can show.
    for (const auto late : {seconds + 61, seconds * 1000, ~std::uint64_t{0}}) {
        envelope.timestamp = late;
        BOOST_TEST(
            refusal(with(), envelope) ==
            "requested_in_future | timestamp: expected at most 60 s in the future"
        );
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_refusal_of_a_job)

BOOST_AUTO_TEST_CASE(names_the_request_and_the_tenant_wherever_they_can_be_read) {
    const std::string broken[] = {
        field("tenant", "\"acme\",\"colour\":\"red\""),
        field("tenant", "\"acme\",\"to\":\"+14155550100\""),
        field("tenant", "\"acme\",\"version\":2"),
        field("tenant", "\"acme\",\"ttl_seconds\":1"),
    };
    for (const auto& body : broken) {
        const auto job = parse(body);
        BOOST_REQUIRE(job.has_error());
        BOOST_REQUIRE(job.error().request_id.has_value());
        BOOST_TEST(to_string(*job.error().request_id) == id);
        BOOST_TEST(job.error().tenant == "acme");
    }
    job_envelope wrong;
    wrong.type = "other";
    BOOST_TEST(to_string(*parse(broken[0], wrong).error().request_id) == id);
}

BOOST_AUTO_TEST_CASE(takes_the_message_id_where_the_body_gives_none) {
    job_envelope envelope;
    envelope.message_id = other_id;
    for (const auto body : {"", "{", "[]", R"({"request_id":"x"})", "\xEF\xBB\xBF{}"}) {
        const auto job = parse(body, envelope);
        BOOST_REQUIRE(job.has_error());
        BOOST_REQUIRE(job.error().request_id.has_value());
        BOOST_TEST(to_string(*job.error().request_id) == other_id);
        BOOST_TEST(job.error().tenant == "default");
    }
}

BOOST_AUTO_TEST_CASE(names_nothing_that_breaks_its_rule) {
    const auto job = parse(R"({"request_id":"x","tenant":"No Tenant"})");
    BOOST_REQUIRE(job.has_error());
    BOOST_TEST(!job.error().request_id.has_value());
    BOOST_TEST(job.error().tenant == "default");
}

BOOST_AUTO_TEST_SUITE_END()
