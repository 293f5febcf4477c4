// What `otpctl doctor` says about faults: remedies, certificates, keys, files.

#include "ctl/doctor/certificate.hpp"
#include "ctl/doctor/checks.hpp"
#include "ctl/doctor/remedies.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace otp;
namespace data = boost::unit_test::data;

namespace {

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

key_ring ring_of(const std::string& text) {
    return std::move(*key_ring::parse(text));
}

const std::string random_key = "3f1a9c02d47be856710c2e9ad35b4f6881ce07fa1269b43d5fe0a7924bd8613c";

}  // namespace

BOOST_AUTO_TEST_SUITE(a_remedy)

BOOST_DATA_TEST_CASE(
    of_a_setting_names_what_to_do,
    data::make(
        {"OTP_CODE_KEYS is required: id:hex",
         "OTP_HASH_KEYS: key 1: expected id:hex",
         "TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits",
         "otp.toml: unknown key amqp_ulr; the nearest known one is amqp_url"}
    ) ^
        data::make(
            {"otpctl keys new code", "otpctl keys new hash", "Twilio's console", "mend the key"}
        ),
    fault,
    remedy
) {
    BOOST_TEST(has(remedy_of_setting(fault), remedy));
}

BOOST_AUTO_TEST_CASE(of_any_other_setting_says_what_it_is) {
    BOOST_TEST(
        remedy_of_setting("OTP_CONCURRENCY must be a whole number") ==
        "mend OTP_CONCURRENCY: sends in flight in one process (512)"
    );
}

BOOST_AUTO_TEST_CASE(of_a_server_goes_by_what_it_said) {
    BOOST_TEST(
        has(remedy_of_database("127.0.0.1:5432: Connection refused"), "is PostgreSQL running")
    );
    BOOST_TEST(
        has(remedy_of_database("FATAL: password authentication failed for user"), "\\password")
    );
    BOOST_TEST(
        has(remedy_of_broker("403 ACCESS_REFUSED - Login was refused"), "password in AMQP_URL")
    );
    BOOST_TEST(has(remedy_of_broker("530 NOT_ALLOWED - vhost x not found"), "add_vhost"));
    const std::string tls = "TLS: handshake with 'mq': ";
    BOOST_TEST(has(remedy_of_broker(tls + "unknown CA: nobody vouches for it"), "AMQP_CA_FILE"));
    BOOST_TEST(has(remedy_of_broker(tls + "host name does not match: "), "name the broker"));
    BOOST_TEST(has(remedy_of_broker(tls + "the certificate is refused: "), "give the broker"));
    BOOST_TEST(
        has(remedy_of_broker("406 PRECONDITION_FAILED - inequivalent arg 'x-max-length'"),
            "delete the queue")
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(that_repeat_themselves_are_a_fault) {
    examined_settings of;
    of.code_keys = ring_of("c1:" + std::string(64, '1'));
    of.hash_keys = ring_of("h1:" + random_key);
    findings found;
    check_keys(of, found);
    BOOST_TEST(found.count(finding::grade::fault) == 1);
    BOOST_TEST(has(found.all().front().cause, "key c1 is no random number"));
}

BOOST_AUTO_TEST_CASE(that_serve_two_purposes_are_a_fault) {
    examined_settings of;
    of.code_keys = ring_of("c1:" + random_key);
    of.hash_keys = ring_of("h1:" + random_key);
    findings found;
    check_keys(of, found);
    BOOST_TEST(has(found.all().back().cause, "key c1 of OTP_CODE_KEYS is also key h1"));
    BOOST_TEST(!has(report_text(found), random_key));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_report)

BOOST_AUTO_TEST_CASE(shows_cause_and_remedy_and_counts) {
    findings found;
    found.fine("clock", "agrees");
    found.warn("settings", "odd", "mend it");
    found.fault("database", "away", "start it");
    BOOST_TEST(
        report_text(found) == "ok       clock: agrees\n"
                              "warning  settings: odd\n         -> mend it\n"
                              "FAULT    database: away\n         -> start it\n"
                              "\n1 fault, 1 warning\n"
    );
    BOOST_TEST(
        has(report_json(found),
            R"({"grade":"fault","about":"database","cause":"away","remedy":"start it"})")
    );
    BOOST_TEST(has(report_json(found), "{\"faults\":1,\"warnings\":1}\n"));
}

BOOST_AUTO_TEST_CASE(names_a_template_folder_that_is_not_there) {
    examined_settings of;
    of.templates = "/nowhere";
    findings found;
    check_templates(of, found);
    BOOST_TEST(found.count(finding::grade::fault) == 1);
    BOOST_TEST(has(found.all().front().remedy, "OTP_TEMPLATES"));
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_with_a_file_of_certificates) {
    BOOST_TEST(has(read_certificates("/nowhere.pem").error(), "/nowhere.pem cannot be read"));
    BOOST_TEST(has(read_certificates("/dev/null").error(), "holds no certificate in PEM"));
    BOOST_TEST(!is_for_host("/nowhere.pem", "example.com"));
}

BOOST_AUTO_TEST_SUITE_END()
