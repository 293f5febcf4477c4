#include "common/provider/twilio_signature.hpp"
#include "tests/support/twilio_vectors.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;

namespace {

http::form parameters_of(const rapidjson::Value& vector) {
    http::form read;
    if (vector["params"].IsArray())
        for (const auto& pair : vector["params"].GetArray())
            read.emplace_back(pair[0].GetString(), pair[1].GetString());
    return read;
}

std::string signature_of(const rapidjson::Value& vector) {
    return twilio_signature(
        vector["auth_token"].GetString(),
        vector["url"].GetString(),
        parameters_of(vector)
    );
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_twilio_signature)

BOOST_AUTO_TEST_CASE(is_the_one_that_twilios_own_library_makes) {
    int compared = 0;
    for (const auto& vector : twilio_vectors().GetArray()) {
        const std::string name = vector["name"].GetString();
        // Its signature leaves the port out, which a receiver accepts and a sender does not make.
        if (!vector["valid"].GetBool() || name == "port_https_signed_without_port")
            continue;
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(signature_of(vector) == vector["signature"].GetString());
        }
        ++compared;
    }
    BOOST_TEST(compared == 7);
}

BOOST_AUTO_TEST_CASE(is_another_for_a_changed_parameter_or_token) {
    int compared = 0;
    for (const auto& vector : twilio_vectors().GetArray()) {
        if (vector["valid"].GetBool())
            continue;
        BOOST_TEST_CONTEXT(vector["name"].GetString()) {
            BOOST_TEST(signature_of(vector) != vector["signature"].GetString());
        }
        ++compared;
    }
    BOOST_TEST(compared == 2);
}

BOOST_AUTO_TEST_CASE(of_a_parsed_body_is_the_one_of_its_parameters) {
    for (const auto& vector : twilio_vectors().GetArray()) {
        if (!vector["params"].IsArray())
            continue;
        const auto parsed = http::decode_form(vector["body"].GetString());
        BOOST_REQUIRE(parsed.has_value());
        BOOST_TEST_CONTEXT(vector["name"].GetString()) {
            BOOST_TEST((*parsed == parameters_of(vector)));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
