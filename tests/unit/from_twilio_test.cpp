#include "tests/support/twilio_vectors.hpp"
#include "verify/webhooks/from_twilio.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;

namespace {

struct callback {
    std::string public_base;
    secret auth_token;
    http::server_request request;

    bool is_believed() const {
        return fields_from_twilio(request, public_base, auth_token).has_value();
    }
};

// As the request of a vector comes to a server whose public base URL is its URL's origin.
callback callback_of(const rapidjson::Value& vector) {
    const std::string url = vector["url"].GetString();
    const auto path = url.find('/', url.find("://") + 3);
    const auto query = std::min(url.find('?', path), url.size());
    callback made;
    made.public_base = url.substr(0, path);
    made.auth_token = secret(vector["auth_token"].GetString());
    made.request.method = vector["method"].GetString();
    made.request.path = url.substr(path, query - path);
    made.request.query = url.substr(std::min(query + 1, url.size()));
    made.request.headers = {
        {"host", "10.0.0.7:8080"},
        {"x-forwarded-proto", "http"},
        {"content-type", vector["content_type"].GetString()},
        {"x-twilio-signature", vector["signature"].GetString()}};
    made.request.body = secret(vector["body"].GetString());
    return made;
}

callback plain_form() {
    return callback_of(twilio_vectors()[0]);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_callback_from_twilio)

BOOST_AUTO_TEST_CASE(is_believed_exactly_where_twilios_own_library_believes_it) {
    int believed = 0;
    for (const auto& vector : twilio_vectors().GetArray()) {
        BOOST_TEST_CONTEXT(vector["name"].GetString()) {
            const auto got = callback_of(vector);
            BOOST_TEST(got.is_believed() == vector["valid"].GetBool());
            believed += got.is_believed() ? 1 : 0;
        }
    }
    BOOST_TEST(believed == 8);
    BOOST_TEST(twilio_vectors().Size() == 10U);
}

BOOST_AUTO_TEST_CASE(gives_its_fields) {
    const auto got = plain_form();
    const auto fields = fields_from_twilio(got.request, got.public_base, got.auth_token);
    BOOST_TEST_REQUIRE(fields.has_value());
    BOOST_TEST(http::form_value(*fields, "MessageStatus") == "delivered");
    BOOST_TEST(http::form_value(*fields, "To") == "+919876543210");
}

BOOST_AUTO_TEST_CASE(needs_exactly_one_signature) {
    auto twice = plain_form();
    twice.request.headers.push_back(twice.request.headers.back());
    BOOST_TEST(!twice.is_believed());
    auto none = plain_form();
    none.request.headers.pop_back();
    BOOST_TEST(!none.is_believed());
}

BOOST_AUTO_TEST_CASE(is_believed_by_the_configured_url_and_no_other) {
    auto moved = plain_form();
    moved.public_base = "https://other.example.com";
    BOOST_TEST(!moved.is_believed());
    auto plain = plain_form();
    plain.public_base.replace(0, 5, "http");
    BOOST_TEST(!plain.is_believed());
    auto other_path = plain_form();
    other_path.request.path += "/";
    BOOST_TEST(!other_path.is_believed());
    auto other_query = plain_form();
    other_query.request.query = "a=1";
    BOOST_TEST(!other_query.is_believed());
}

BOOST_AUTO_TEST_CASE(is_not_believed_where_nothing_can_be_checked) {
    auto no_token = plain_form();
    no_token.auth_token = secret();
    BOOST_TEST(!no_token.is_believed());
    auto no_base = plain_form();
    no_base.public_base.clear();
    BOOST_TEST(!no_base.is_believed());
}

BOOST_AUTO_TEST_CASE(is_not_believed_where_its_body_is_not_what_was_signed) {
    auto broken = plain_form();
    broken.request.body = secret("MessageStatus=%zz");
    BOOST_TEST(!broken.is_believed());
    auto other_type = plain_form();
    other_type.request.headers[2].second = "application/json";
    BOOST_TEST(!other_type.is_believed());
    int json = 0;
    for (const auto& vector : twilio_vectors().GetArray()) {
        if (vector["params"].IsArray() || !vector["valid"].GetBool())
            continue;
        auto changed = callback_of(vector);
        changed.request.body = secret(std::string(vector["body"].GetString()) + " ");
        BOOST_TEST(!changed.is_believed());
        ++json;
    }
    BOOST_TEST(json >= 1);
}

BOOST_AUTO_TEST_CASE(has_a_port_or_none_in_its_url) {
    struct one {
        const char* url;
        const char* with;
        const char* without;
    };
    const one urls[] = {
        {"https://a.example/x?b=1:2", "https://a.example:443/x?b=1:2", "https://a.example/x?b=1:2"},
        {"http://a.example/x", "http://a.example:80/x", "http://a.example/x"},
        {"https://a.example:8443/x", "https://a.example:8443/x", "https://a.example/x"},
        {"https://[::1]/x", "https://[::1]:443/x", "https://[::1]/x"},
        {"https://[::1]:99/x", "https://[::1]:99/x", "https://[::1]/x"},
        {"https://a.example", "https://a.example:443", "https://a.example"},
    };
    for (const auto& each : urls) {
        BOOST_TEST(with_port(each.url) == each.with);
        BOOST_TEST(without_port(each.url) == each.without);
    }
}

BOOST_AUTO_TEST_SUITE_END()
