#include "common/job/reasons.hpp"
#include "common/job/send_job.hpp"
#include "tests/unit/job_bodies.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <set>
#include <string>

using namespace otp;
using namespace otp::test;
namespace data = boost::unit_test::data;

namespace {

struct rule {
    std::string body;
    std::string_view refusal;
};

std::ostream& operator<<(std::ostream& out, const rule& row) {
    return out << row.body.substr(0, 160) << " -> " << row.refusal;
}

constexpr std::string_view short_name_rule =
    "expected 1 to 64 of a-z, 0-9, _ . - with a letter or digit first";
const std::string purpose_fault = "invalid_field | purpose: " + std::string(short_name_rule);
const std::string tenant_fault = "invalid_field | tenant: " + std::string(short_name_rule);
const std::string template_fault = "invalid_field | template: " + std::string(short_name_rule);
constexpr std::string_view channel_fault = "invalid_field | channel: expected sms, whatsapp, voice "
                                           "or email, or a list of one or more of them";
constexpr std::string_view locale_fault =
    "invalid_field | locale: expected a language tag such as en-GB";
constexpr std::string_view variables_fault =
    "invalid_field | variables: expected an object of at most 16 strings";
constexpr std::string_view app_fault =
    "invalid_field | variables.app: expected a string of at most 256 bytes without U+0000";
constexpr std::string_view ttl_fault =
    "invalid_field | ttl_seconds: expected a whole number from 60 to 600";
constexpr std::string_view length_fault =
    "invalid_field | code_length: expected a whole number from 4 to 10";
constexpr std::string_view time_fault = "invalid_field | requested_at: expected a time such as "
                                        "2026-11-20T10:15:30Z (RFC 3339) of the years 1678 to 2261";
constexpr std::string_view future_fault =
    "requested_in_future | requested_at: expected at most 60 s in the future";
constexpr std::string_view user_fault =
    "invalid_field | user: expected a string of at most 128 bytes without U+0000";
constexpr std::string_view ip_fault = "invalid_field | client_ip: expected an IPv4 or IPv6 address";

std::string variables_of(int count) {
    std::string text = "{";
    for (int i = 0; i < count; ++i)
        text += (i > 0 ? "," : "") + ("\"v" + std::to_string(i)) + "\":\"x\"";
    return text + "}";
}

const rule rules[] = {
    {with(), ""},
    {field("version", "1"), ""},
    {field("version", "null"), ""},
    {field("version", "2"), "unsupported_version | version: expected 1"},
    {field("version", "18446744073709551615"), "unsupported_version | version: expected 1"},
    {R"({"version":2,"colour":"red","to":7})", "unsupported_version | version: expected 1"},
    {field("version", "0"), "invalid_field | version: expected 1"},
    {field("version", "-1"), "invalid_field | version: expected 1"},
    {field("version", "1.0"), "invalid_field | version: expected 1"},
    {field("version", "\"1\""), "invalid_field | version: expected 1"},
    {field("version", "true"), "invalid_field | version: expected 1"},

    {R"({"to":"+14155550100"})",
     "missing_field | request_id: expected a UUID, here or as message_id"},
    {R"({"request_id":null,"to":"+14155550100"})",
     "missing_field | request_id: expected a UUID, here or as message_id"},
    {R"({"request_id":"","to":"+14155550100"})", "invalid_field | request_id: expected a UUID"},
    {R"({"request_id":"018f6f5e7d3c7a439d0f5b1c2a3d4e5f","to":"+14155550100"})",
     "invalid_field | request_id: expected a UUID"},
    {R"({"request_id":7,"to":"+14155550100"})", "invalid_field | request_id: expected a UUID"},
    {R"({"request_id":"018F6F5E-7D3C-7A43-9D0F-5B1C2A3D4E5F","to":"+14155550100"})", ""},

    {"{\"request_id\":\"" + id + "\"}", "missing_field | to: expected a number in E.164 form"},
    {"{\"request_id\":\"" + id + "\",\"to\":null}",
     "missing_field | to: expected a number in E.164 form"},
    {"{\"request_id\":\"" + id + "\",\"to\":14155550100}",
     "invalid_field | to: expected a number in E.164 form"},
    {"{\"request_id\":\"" + id + "\",\"to\":\"14155550100\"}",
     "invalid_number | to: expected a valid number in E.164 form, it is not_e164"},
    {"{\"request_id\":\"" + id + "\",\"to\":\"+1 415 555 0100\"}",
     "invalid_number | to: expected a valid number in E.164 form, it is not_e164"},
    {"{\"request_id\":\"" + id + "\",\"to\":\"+11155550100\"}",
     "invalid_number | to: expected a valid number in E.164 form, it is impossible"},
    {"{\"request_id\":\"" + id + "\",\"to\":\"me\"}",
     "invalid_number | to: expected a valid number in E.164 form, it is malformed"},

    {field("purpose", "\"login\""), ""},
    {field("purpose", "\"0_.-\""), ""},
    {field("purpose", "null"), ""},
    {field("purpose", "\"" + std::string(64, 'p') + "\""), ""},
    {field("purpose", "\"" + std::string(65, 'p') + "\""), purpose_fault},
    {field("purpose", "\"\""), purpose_fault},
    {field("purpose", "\"Login\""), purpose_fault},
    {field("purpose", "\"-login\""), purpose_fault},
    {field("purpose", "\"log in\""), purpose_fault},
    {field("purpose", "\"login\\u0000\""), purpose_fault},
    {field("purpose", "7"), purpose_fault},
    {field("tenant", "\"acme-2\""), ""},
    {field("tenant", "\"Acme\""), tenant_fault},
    {field("tenant", "[]"), tenant_fault},

    {field("channel", "\"sms\""), ""},
    {field("channel", "\"email\""), ""},
    {field("channel", "[\"whatsapp\",\"sms\"]"), ""},
    {field("channel", "null"), ""},
    {field("channel", "[]"), channel_fault},
    {field("channel", "\"SMS\""), channel_fault},
    {field("channel", "\"pigeon\""), channel_fault},
    {field("channel", "[\"sms\",\"pigeon\"]"), channel_fault},
    {field("channel", "[\"sms\",null]"), channel_fault},
    {field("channel", "[[\"sms\"]]"), channel_fault},
    {field("channel", "{\"sms\":true}"), channel_fault},

    {field("template", "\"otp\""), ""},
    {field("template", "\"../etc/passwd\""), template_fault},
    {field("template", "\"\""), template_fault},
    {field("locale", "\"en-GB\""), ""},
    {field("locale", "\"zh-Hant-TW\""), ""},
    {field("locale", "\"\""), locale_fault},
    {field("locale", "\"en_GB\""), locale_fault},
    {field("locale", "\"en-\""), locale_fault},
    {field("locale", "\"" + std::string(36, 'e') + "\""), locale_fault},
    {field("locale", "3"), locale_fault},

    {field("variables", "{}"), ""},
    {field("variables", "null"), ""},
    {field("variables", R"({"app":"Acme"})"), ""},
    {field("variables", R"({"app":")" + std::string(256, 'a') + "\"}"), ""},
    {field("variables", R"({"app":")" + std::string(257, 'a') + "\"}"), app_fault},
    {field("variables", variables_of(16)), ""},
    {field("variables", variables_of(17)), variables_fault},
    {field("variables", "[]"), variables_fault},
    {field("variables", "\"app\""), variables_fault},
    {field("variables", R"({"app":null})"), app_fault},
    {field("variables", R"({"app":7})"), app_fault},
    {field("variables", R"({"app":{"a":"b"}})"), app_fault},
    {field("variables", R"({"app":"a\u0000b"})"), app_fault},
    {field("variables", R"({"app":"\udc00"})"), app_fault},
    {field("variables", R"({"a":"1","a":"2"})"), "duplicate_field | variables.a"},

    {field("ttl_seconds", "60"), ""},
    {field("ttl_seconds", "600"), ""},
    {field("ttl_seconds", "59"), ttl_fault},
    {field("ttl_seconds", "601"), ttl_fault},
    {field("ttl_seconds", "300.0"), ttl_fault},
    {field("ttl_seconds", "3e2"), ttl_fault},
    {field("ttl_seconds", "\"300\""), ttl_fault},
    {field("ttl_seconds", "4294967596"), ttl_fault},
    {field("code_length", "4"), ""},
    {field("code_length", "10"), ""},
    {field("code_length", "3"), length_fault},
    {field("code_length", "11"), length_fault},
    {field("code_length", "6.5"), length_fault},

    {field("requested_at", "\"2026-11-20T10:15:30.250Z\""), ""},
    {field("requested_at", "\"2026-11-20T11:16:30+01:00\""), ""},
    {field("requested_at", "\"2026-11-20T11:16:30.001+01:00\""), future_fault},
    {field("requested_at", "\"2027-11-20T10:15:30Z\""), future_fault},
    {field("requested_at", "\"2026-11-20\""), time_fault},
    {field("requested_at", "1795169730"), time_fault},

    {field("user", "\"u-1842\""), ""},
    {field("user", "\"\""), ""},
    {field("user", "\"" + std::string(128, 'u') + "\""), ""},
    {field("user", "\"" + std::string(129, 'u') + "\""), user_fault},
    {field("user", "\"a\\u0000b\""), user_fault},
    {field("user", "1842"), user_fault},
    {field("client_ip", "\"203.0.113.9\""), ""},
    {field("client_ip", "\"2001:db8::1\""), ""},
    {field("client_ip", "\"203.0.113\""), ip_fault},
    {field("client_ip", "\"203.0.113.9:80\""), ip_fault},
    {field("client_ip", "\"fe80::1%eth0\""), ip_fault},
    {field("client_ip", "\"203.0.113.9\\u0000x\""), ip_fault},
    {field("client_ip", "\"\""), ip_fault},
    {field("client_ip", "{}"), ip_fault},

    {field("colour", "\"red\""), "unknown_field | colour"},
    {field("colour", "null"), "unknown_field | colour"},
    {field("To", "\"+14155550100\""), "unknown_field | To"},
    {field("traceparent", "\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\""),
     "unknown_field | traceparent"},
    {field("", "1"), "unknown_field | "},
    {field("\\u0001\\u00e9\\n", "1"), "unknown_field | ????"},
    {field("code_123456", "1"), "unknown_field | code_######"},
    {field("code_1234", "1"), "unknown_field | code_####"},
    {field("line_123", "1"), "unknown_field | line_123"},
    {field("to", "\"+14155550100\""), "duplicate_field | to"},
    {field("user", "null,\"user\":null"), "duplicate_field | user"},

    {"", "not_json | body: byte 0: The document is empty."},
    {"{", "not_json | body: byte 1: Missing a name for object member."},
    {with() + "x",
     "not_json | body: byte 73: The document root must not be followed by other values."},
    {with() + std::string(1, '\0'), "not_json | body: byte 73: a zero byte"},
    {"{'to':1}", "not_json | body: byte 1: Missing a name for object member."},
    {"{\"to\":\"\xC3(\"}", "not_utf8 | body: byte 7: Invalid encoding in string."},
    {"\xEF\xBB\xBF" + with(), "byte_order_mark | body: expected no byte order mark"},
    {"[]", "not_an_object | body: expected an object"},
    {"\"+14155550100\"", "not_an_object | body: expected an object"},
    {"null", "not_an_object | body: expected an object"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(each_field_of_a_job)

BOOST_DATA_TEST_CASE(is_held_to_the_rule, data::make(rules), row) {
    BOOST_TEST(refusal(row.body) == row.refusal);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_refusals_of_all_these)

BOOST_AUTO_TEST_CASE(do_not_show_the_body) {
    for (const auto& row : rules) {
        const auto job = parse(row.body);
        if (job)
            continue;
        BOOST_TEST(job.error().detail.find("4155550") == std::string::npos);
        BOOST_TEST(job.error().detail.find("red") == std::string::npos);
    }
    const auto long_name = parse(field(std::string(100, 'n'), "1"));
    BOOST_TEST(long_name.error().detail == std::string(64, 'n'));
    const auto number_as_name = parse(field("+14155550100", "1"));
    BOOST_TEST(number_as_name.error().detail == "+###########");
}

BOOST_AUTO_TEST_CASE(use_each_reason_that_reading_can_find) {
    std::set<std::string> given;
    const auto add = [&given](const std::string& body, const job_envelope& envelope) {
        if (const auto job = parse(body, envelope); job.has_error())
            given.insert(job.error().reason);
    };
    for (const auto& row : rules)
        add(row.body, {});
    job_envelope wrong_kind;
    wrong_kind.type = "other";
    job_envelope wrong_content;
    wrong_content.content_type = "text/plain";
    job_envelope wrong_id;
    wrong_id.message_id = other_id;
    for (const auto& envelope : {wrong_kind, wrong_content, wrong_id})
        add(with(), envelope);
    add(std::string(max_job_bytes + 1, ' '), {});
    for (const auto& row : job_reasons())
        if (row.reason < job_reason::unknown_template)
            BOOST_TEST(given.erase(std::string(row.word)) == 1U, row.word);
    BOOST_TEST(given.empty());
}

BOOST_AUTO_TEST_SUITE_END()
