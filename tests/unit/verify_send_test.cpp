#include "verify/send/send_request.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace {

using namespace otp;

const send_defaults defaults{{std::chrono::seconds(240), 8}, ""};
constexpr const char* an_id = "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f";

or_problem<send_job> read(
    std::string_view text,
    std::string_view key = {},
    const send_defaults& with = defaults
) {
    auto body = client_body::parse(secret(text));
    BOOST_TEST_REQUIRE(body.has_value());
    return read_send_request(*body, key, "acme", with);
}

std::map<std::string, std::string> faults(const or_problem<send_job>& read) {
    std::map<std::string, std::string> all;
    BOOST_TEST_REQUIRE(!read.has_value());
    const auto why = read.error();
    for (const auto& one : why.errors)
        all.emplace(one.field, one.code);
    return all;
}

using fields = std::map<std::string, std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(verify_send)

BOOST_AUTO_TEST_CASE(what_a_request_leaves_out_comes_from_the_settings) {
    const auto job = read(R"({"to":"+14155552671"})");
    BOOST_TEST_REQUIRE(job.has_value());
    BOOST_TEST(job->tenant == "acme");
    BOOST_TEST(job->purpose == "default");
    BOOST_TEST(job->template_name == "otp");
    BOOST_TEST(job->channels.empty());
    BOOST_TEST(job->ttl.count() == 240);
    BOOST_TEST(job->code_length == 8);
}

BOOST_AUTO_TEST_CASE(a_request_id_comes_from_the_body_or_the_header_or_is_new) {
    const std::string with_id =
        std::string(R"({"to":"+14155552671","request_id":")") + an_id + "\"}";
    BOOST_TEST(to_string(read(with_id)->request_id) == an_id);
    BOOST_TEST(to_string(read(with_id, an_id)->request_id) == an_id);
    BOOST_TEST(to_string(read(R"({"to":"+14155552671"})", an_id)->request_id) == an_id);
    const auto one = read(R"({"to":"+14155552671"})");
    const auto other = read(R"({"to":"+14155552671"})");
    BOOST_TEST((one->request_id != other->request_id));
}

BOOST_AUTO_TEST_CASE(ids_that_differ_or_are_none_are_refused) {
    const std::string with_id =
        std::string(R"({"to":"+14155552671","request_id":")") + an_id + "\"}";
    const auto differs = read(with_id, "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e50");
    BOOST_TEST((faults(differs) == fields{{"request_id", "request_id_mismatch"}}));
    const auto no_uuid = read(R"({"to":"+14155552671"})", "once");
    BOOST_TEST((faults(no_uuid) == fields{{"Idempotency-Key", "invalid_field"}}));
}

BOOST_AUTO_TEST_CASE(an_id_in_two_headers_must_be_one_and_the_same) {
    http::server_request request;
    BOOST_TEST(*idempotency_key_of(request) == "");
    request.headers = {{"idempotency-key", an_id}, {"host", "a"}, {"idempotency-key", an_id}};
    BOOST_TEST(*idempotency_key_of(request) == an_id);
    for (const auto* other : {"018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e50", ""}) {
        request.headers.back().second = other;
        const auto why = idempotency_key_of(request).error();
        BOOST_TEST(why.code == "invalid_request");
        BOOST_TEST(why.errors.at(0).field == "Idempotency-Key");
        BOOST_TEST(why.errors.at(0).code == "invalid_field");
    }
}

BOOST_AUTO_TEST_CASE(a_number_is_read_as_people_write_it) {
    BOOST_TEST(read(R"({"to":"+1 (415) 555-2671"})")->to.e164() == "+14155552671");
    const auto local = R"({"to":"(415) 555-2671"})";
    BOOST_TEST((faults(read(local)) == fields{{"to", "invalid_number"}}));
    const send_defaults in_us{{}, "US"};
    BOOST_TEST(read(local, {}, in_us)->to.e164() == "+14155552671");
}

BOOST_AUTO_TEST_CASE(every_fault_is_named_at_once) {
    const auto wrong = read(
        R"({"to":5,"purpose":"A","ttl_seconds":59,"tenant":"other","version":1,"colour":"red"})"
    );
    const fields expected{
        {"to", "invalid_field"},
        {"purpose", "invalid_field"},
        {"ttl_seconds", "invalid_field"},
        {"tenant", "unknown_field"},
        {"version", "unknown_field"},
        {"colour", "unknown_field"}};
    BOOST_TEST((faults(wrong) == expected));
}

BOOST_AUTO_TEST_CASE(the_first_twenty_faults_are_named_however_many_there_are) {
    std::string text = R"({"to":5)";
    for (int i = 0; i < 1000; ++i)
        text += ",\"a\":1";
    const auto why = read(text + "}").error();
    BOOST_TEST(why.errors.size() == 20U);
    BOOST_TEST(answer_of(why).body.size() < 4096U);
}

BOOST_AUTO_TEST_CASE(a_name_given_twice_is_refused) {
    const auto twice = read(R"({"to":"+14155552671","purpose":"a","purpose":"b"})");
    BOOST_TEST((faults(twice) == fields{{"purpose", "duplicate_field"}}));
}

BOOST_AUTO_TEST_CASE(null_is_absent_and_a_number_is_needed) {
    BOOST_TEST(read(R"({"to":"+14155552671","purpose":null,"channel":null})").has_value());
    BOOST_TEST((faults(read(R"({"to":null})")) == fields{{"to", "missing_field"}}));
}

BOOST_AUTO_TEST_CASE(no_fault_repeats_a_code_in_an_unknown_name) {
    const auto wrong = read(R"({"to":"+14155552671","123456":1})");
    const auto why = wrong.error();
    BOOST_TEST(why.errors.at(0).field == "######");
    BOOST_TEST(answer_of(why).body.find("123456") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_name_with_too_few_digits_for_a_code_is_told_as_it_is) {
    const auto wrong = read(R"({"to":"+14155552671","line2":"x"})");
    BOOST_TEST((faults(wrong) == fields{{"line2", "unknown_field"}}));
}

BOOST_AUTO_TEST_SUITE_END()
