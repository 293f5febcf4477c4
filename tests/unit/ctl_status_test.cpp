// Why no code came: the sentence that closes `otpctl status`, and the timeline before it.

#include "common/core/rfc3339.hpp"
#include "ctl/status/answer.hpp"
#include "ctl/status/asked_time.hpp"
#include "ctl/status/status_view.hpp"
#include "ctl/status/words.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace std::chrono_literals;

namespace {

const wall_time start = *parse_rfc3339("2026-11-20T10:14:00Z");

struct one_request {
    one_request() {
        seen_delivery one;
        one.request_id = "r1";
        one.verification_id = "v1";
        one.tenant = "acme";
        one.number = "+1415****142";
        one.purpose = "login";
        one.channel = "sms";
        one.requested_at = one.created_at = start;
        one.deadline = start + 5min;
        of.deliveries.push_back(one);
        of.now = start + 1min;
    }

    seen_delivery& delivery() { return of.deliveries.front(); }

    void ended(const char* status, const char* reason) {
        delivery().status = status;
        delivery().reason = reason;
        delivery().finished_at = start + 31s;
    }

    seen_attempt& attempt(const char* provider, const char* state, const char* code = "") {
        seen_attempt one;
        one.request_id = "r1";
        one.attempt = static_cast<int>(of.attempts.size()) + 1;
        one.provider = provider;
        one.channel = "sms";
        one.state = state;
        one.error_code = code;
        one.started_at = start + 1s;
        one.finished_at = start + 2s;
        return of.attempts.emplace_back(one);
    }

    void receipt(
        int attempt,
        const char* status,
        std::chrono::seconds after,
        const char* code = ""
    ) {
        seen_event one;
        one.at = start + after;
        one.request_id = "r1";
        one.attempt = attempt;
        one.kind = "receipt";
        one.status = status;
        one.error_code = code;
        of.events.push_back(one);
    }

    std::string answer() const { return answer_about(of, of.deliveries.front()); }

    support_case of;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(the_answer, one_request)

BOOST_AUTO_TEST_CASE(follows_a_text_from_provider_to_provider) {
    ended("delivered", "");
    attempt("twilio", "undelivered", "30003");
    attempt("gupshup", "delivered");
    receipt(1, "undelivered", 20s, "30003");
    receipt(2, "delivered", 31s);
    BOOST_TEST(
        answer() == "Twilio accepted it; the carrier reported 30003 (handset off, without signal, "
                    "or unable to take SMS) at 10:14:20; "
                    "Gupshup delivered it at 10:14:31."
    );
}

BOOST_AUTO_TEST_CASE(names_the_rule_that_refused_and_how_many_texts_there_were_in_both_its_spans) {
    ended("rejected", "limit_number");
    of.counts.push_back({"r1", 3, 6});
    BOOST_TEST(
        answer() ==
        "Refused: too many texts to this number, 3 in the 10 minutes before it and 6 in "
        "the 24 hours (rule limit_number)."
    );
}

BOOST_AUTO_TEST_CASE(says_why_a_request_was_refused_otherwise) {
    ended("rejected", "country_not_allowed");
    BOOST_TEST(
        answer() == "Refused: the country of this number is not among those that may be texted "
                    "(rule country_not_allowed)."
    );
}

BOOST_AUTO_TEST_CASE(blames_a_pause_that_lay_over_the_request) {
    ended("expired", "expired");
    of.pauses.push_back({"provider", "twilio", "account review", start - 1h, std::nullopt});
    of.pauses.push_back({"provider", "gupshup", "long ago", start - 3h, start - 2h});
    BOOST_TEST(
        answer() ==
        "Not sent: the code was too old, or had under 30 s to live, before a text could go out."
        " Meanwhile provider twilio was paused (account review)."
    );
}

BOOST_AUTO_TEST_CASE(looks_for_pauses_until_the_last_request_has_ended) {
    ended("expired", "expired");
    auto newer = delivery();
    newer.created_at += 5s;
    newer.finished_at = start + 10s;
    of.deliveries.push_back(newer);
    BOOST_TEST((end_of(of) == start + 31s));
    delivery().finished_at.reset();
    BOOST_TEST((end_of(of) == of.now));
}

BOOST_AUTO_TEST_CASE(does_not_blame_the_pause_of_another_channel) {
    ended("expired", "expired");
    of.pauses.push_back({"channel", "whatsapp", "", start - 1h, std::nullopt});
    of.pauses.push_back({"lane", "gupshup/whatsapp", "", start - 1h, std::nullopt});
    BOOST_TEST(answer().find("paused") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(does_not_know_whether_the_job_was_in_a_queue_that_was_paused) {
    delivery().status = "queued";
    of.pauses.push_back({"queue", "otp.send.acme", "migration", start - 1h, std::nullopt});
    BOOST_TEST(
        answer() == "It waits: no worker has begun it since 10:14:00. Meanwhile queue "
                    "otp.send.acme was paused (migration), where it may have waited."
    );
}

BOOST_AUTO_TEST_CASE(tells_that_it_was_accepted_and_no_receipt_came) {
    ended("sent", "");
    attempt("twilio", "accepted");
    BOOST_TEST(answer() == "Twilio accepted it at 10:14:02, no receipt has come since.");
}

BOOST_AUTO_TEST_CASE(tells_what_a_provider_refused) {
    ended("failed", "21614");
    attempt("twilio", "refused", "21614");
    BOOST_TEST(
        answer() == "Twilio refused it at 10:14:02: 21614 (not a mobile number). No other attempt "
                    "was allowed after that."
    );
}

BOOST_AUTO_TEST_CASE(tells_a_doubt) {
    ended("expired", "in_doubt");
    attempt("twilio", "in_doubt", "no_answer");
    BOOST_TEST(
        answer() == "Twilio may have sent it, nobody knows: no_answer (it did not answer within 10 "
                    "s). It ended: nobody could tell in time whether a text had gone out."
    );
}

BOOST_AUTO_TEST_CASE(tells_what_waits) {
    delivery().status = "queued";
    BOOST_TEST(answer() == "It waits: no worker has begun it since 10:14:00.");
}

BOOST_AUTO_TEST_CASE(names_the_successor_of_a_superseded_request) {
    ended("canceled", "superseded");
    auto second = delivery();
    second.request_id = "r2";
    second.requested_at += 5s;
    second.status = "sent";
    of.deliveries.push_back(second);
    BOOST_TEST(
        answer() == "Not sent: a newer request for the same number and purpose took its place. Its "
                    "successor is request r2 (sent)."
    );
}

BOOST_AUTO_TEST_CASE(tells_what_became_of_the_code) {
    ended("delivered", "");
    attempt("twilio", "delivered");
    seen_verification v;
    v.id = "v1";
    v.status = "approved";
    v.wrong_checks = 2;
    v.settled_at = start + 45s;
    of.verifications.push_back(v);
    BOOST_TEST(
        answer() == "Twilio delivered it. The right code was entered at 10:14:45; before that 2 "
                    "wrong codes were entered."
    );
    of.verifications.front().status = "max_attempts_reached";
    of.verifications.front().wrong_checks = 5;
    BOOST_TEST(answer() == "Twilio delivered it. 5 wrong codes were entered, which closed it.");
}

BOOST_AUTO_TEST_CASE(is_about_the_last_request_before_the_moment_named) {
    auto later = delivery();
    later.request_id = "r2";
    later.created_at = start + 20min;
    of.deliveries.push_back(later);
    BOOST_TEST(asked_for(of, start - 1min)->request_id == "r1");
    BOOST_TEST(asked_for(of, start + 19min)->request_id == "r2");
    BOOST_TEST(asked_for(of, std::nullopt)->request_id == "r2");
    BOOST_TEST(asked_for(of, start - 1h)->request_id == "r1");
    BOOST_TEST((asked_for({}, start) == nullptr));
}

BOOST_AUTO_TEST_CASE(stands_below_all_that_happened_in_order) {
    ended("delivered", "");
    attempt("twilio", "delivered").provider_message_id = "SM1";
    receipt(1, "delivered", 4s);
    of.wrong_checks.push_back({"v1", start + 30s, false});
    const auto text = status_text(of, "+1415****142", start);
    BOOST_TEST(text.find("2026-11-20 (UTC)") != std::string::npos);
    std::size_t at = 0;
    for (const auto* line :
         {"10:14:00.000  [A] requested for +1415****142 by tenant acme, purpose login, sms",
          "10:14:01.000  [A] attempt 1 by Twilio, sms: begun",
          "10:14:02.000  [A] attempt 1 by Twilio, sms: accepted, message SM1",
          "10:14:04.000  [A] receipt of Twilio, sms: delivered",
          "10:14:30.000      wrong code entered",
          "10:14:31.000  [A] ended as delivered"}) {
        at = text.find(line, at);
        BOOST_TEST_CONTEXT(line) BOOST_REQUIRE(at != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(is_given_where_nothing_is_known) {
    const auto text = status_text({}, "+1415****142", start);
    BOOST_TEST(text.find("No request for +1415****142 is known in this time") != std::string::npos);
    BOOST_TEST(
        status_json({}, "x", std::nullopt).find("\"answer\":\"No request for x") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_time_that_somebody_names)

BOOST_AUTO_TEST_CASE(is_the_last_one_that_was) {
    BOOST_TEST((parse_asked_time("10:13", start) == start - 1min));
    BOOST_TEST((parse_asked_time("10:13:30", start) == start - 30s));
    BOOST_TEST((parse_asked_time("10:15", start) == start + 1min - 24h));
    BOOST_TEST((parse_asked_time("9:14", start) == start - 1h));
    BOOST_TEST((parse_asked_time("2026-11-20T11:14:00+01:00", start) == start));
}

BOOST_AUTO_TEST_CASE(is_refused_where_it_is_none) {
    for (const auto* text : {"", "10", "25:00", "10:14pm", "yesterday", "2026-11-20"})
        BOOST_TEST_CONTEXT(text) BOOST_TEST(!parse_asked_time(text, start).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_code_in_words)

BOOST_AUTO_TEST_CASE(is_told_by_the_table_of_its_provider) {
    BOOST_TEST(code_in_words("twilio", "sms", "21610") == "21610 (recipient opted out)");
    BOOST_TEST(code_in_words("gupshup", "whatsapp", "1002") == "1002 (number not on WhatsApp)");
    BOOST_TEST(
        code_in_words("twilio_verify", "sms", "60205") == "60205 (Verify: SMS to a landline)"
    );
    BOOST_TEST(code_in_words("twilio", "sms", "http_503") == "HTTP status 503");
    BOOST_TEST(code_in_words("twilio", "sms", "99999") == "99999");
    BOOST_TEST(code_in_words("twilio", "sms", "") == "no error code");
}

BOOST_AUTO_TEST_SUITE_END()
