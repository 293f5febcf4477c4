#include "common/amqp/codec/wire.hpp"
#include "common/core/rfc3339.hpp"
#include "ctl/dead/filter.hpp"
#include "ctl/dead/letter.hpp"
#include "ctl/dead/view.hpp"
#include "ctl/dead/words.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace otp;
namespace data = boost::unit_test::data;

namespace {

constexpr std::string_view request = "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f";
constexpr std::int64_t noon = 1'795'867'200;  // 2026-11-28T12:00:00Z

std::string with_length(std::string octets) {
    std::string out;
    amqp::wire::put_long_string(out, octets);
    return out;
}

std::string entry(std::string_view name, char type, std::string_view octets) {
    std::string out;
    amqp::wire::put_short_string(out, name);
    out += type;
    return out.append(octets);
}

std::string text_entry(std::string_view name, std::string text) {
    return entry(name, 'S', with_length(std::move(text)));
}

std::string time_entry(std::int64_t seconds) {
    std::string octets;
    amqp::wire::put_u64(octets, static_cast<std::uint64_t>(seconds));
    return entry("time", 'T', octets);
}

std::string died(const char* queue, const char* reason, std::int64_t at) {
    std::string one;
    amqp::wire::put_u64(one, 1);
    return "F" + with_length(
                     entry("count", 'l', one) + text_entry("reason", reason) +
                     text_entry("queue", queue) + time_entry(at)
                 );
}

std::string deaths(const std::string& list) {
    return entry("x-death", 'A', with_length(list));
}

amqp::delivery message(std::string headers, std::string body = "{}") {
    amqp::delivery made;
    made.properties.raw_headers = std::move(headers);
    made.body_size = body.size();
    made.body = std::move(body);
    return made;
}

std::string refused(const char* reason, const char* detail = "to: expected a number") {
    return text_entry("x-otp-reason", reason) + text_entry("x-otp-detail", detail);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_dead_letter)

BOOST_AUTO_TEST_CASE(has_the_reason_of_the_worker_whatever_the_broker_noted_on_the_way) {
    const auto letter = read_dead_letter(
        message(deaths(died("otp.retry.250", "expired", noon)) + refused("missing_field"))
    );
    BOOST_TEST(letter.reason == "missing_field");
    BOOST_TEST(letter.detail == "to: expected a number");
}

BOOST_DATA_TEST_CASE(
    has_a_word_for_each_verdict_of_the_broker,
    data::make({"delivery_limit", "expired", "rejected", "maxlen", "a new one"}) ^
        data::make(
            {"over_delivered", "expired_in_queue", "rejected_by_consumer", "queue_full", "unknown"}
        ),
    broker,
    word
) {
    const auto letter = read_dead_letter(
        message(deaths(died("otp.send", broker, noon) + died("otp.retry.250", "expired", noon - 9)))
    );
    BOOST_TEST(letter.reason == word);
    BOOST_TEST(
        letter.detail.find(" on otp.send, first at 2026-11-28T12:00:00.000Z, 1 time") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(is_unknown_where_nobody_says_why) {
    const auto letter = read_dead_letter(message(""));
    BOOST_TEST(letter.reason == "unknown");
    BOOST_TEST((letter.time_is == dead_letter::time_source::none));
}

BOOST_AUTO_TEST_CASE(is_dated_by_its_newest_death_and_else_by_its_timestamp) {
    auto both = message(deaths(
        died("otp.send", "delivery_limit", noon) + died("otp.retry.250", "expired", noon + 5)
    ));
    both.properties.timestamp = 1;
    const auto by_death = read_dead_letter(both);
    BOOST_TEST(format_rfc3339(by_death.time) == "2026-11-28T12:00:05.000Z");
    BOOST_TEST(to_string(by_death.time_is) == "died");

    auto alone = message(refused("not_json"));
    alone.properties.timestamp = noon;
    const auto by_timestamp = read_dead_letter(alone);
    BOOST_TEST(format_rfc3339(by_timestamp.time) == "2026-11-28T12:00:00.000Z");
    BOOST_TEST(to_string(by_timestamp.time_is) == "sent");

    alone.properties.timestamp = ~std::uint64_t{0};
    BOOST_TEST(to_string(read_dead_letter(alone).time_is) == "-");
}

BOOST_AUTO_TEST_CASE(is_known_by_the_id_in_its_body_and_by_that_of_the_message) {
    auto of_body =
        message(refused("missing_field"), R"({"request_id":")" + std::string(request) + R"("})");
    of_body.properties.message_id = "42";
    BOOST_TEST(id_of(read_dead_letter(of_body)) == request);
    auto of_message = message(refused("not_json"), "{");
    of_message.properties.message_id = request;
    BOOST_TEST(id_of(read_dead_letter(of_message)) == request);
    of_message.properties.message_id = "+14155550142";
    BOOST_TEST(id_of(read_dead_letter(of_message)) == "-");
}

BOOST_AUTO_TEST_CASE(whose_body_is_not_whole_is_not_replayed) {
    BOOST_TEST(why_not_replayed(read_dead_letter(message(refused("not_json")))).empty());
    BOOST_TEST(!why_not_replayed(read_dead_letter(message(refused("body_too_large")))).empty());
    auto of_broker = message(deaths(died("otp.send", "expired", noon)));
    of_broker.truncated = true;
    BOOST_TEST(!why_not_replayed(read_dead_letter(of_broker)).empty());
}

BOOST_AUTO_TEST_CASE(is_replayed_as_it_was_before_anybody_noted_anything) {
    const auto own = text_entry("traceparent", "t") + text_entry("x-mine", "m");
    auto dead = message(
        deaths(died("otp.send", "expired", noon)) + text_entry("x-first-death-queue", "q") + own +
            text_entry("x-last-death-queue", "q") +
            entry("x-delivery-count", 'l', std::string(8, '\0')) + refused("not_json"),
        std::string("\0{", 2)
    );
    dead.properties.message_id = request;
    dead.properties.timestamp = noon;
    dead.properties.expiration = "50";
    const auto job = revive(std::move(dead));
    BOOST_TEST(job.exchange == "otp");
    BOOST_TEST(job.routing_key == "send");
    BOOST_TEST(job.mandatory);
    BOOST_TEST(job.body == std::string("\0{", 2));
    BOOST_TEST(job.properties.raw_headers == own);
    BOOST_TEST(job.properties.message_id == request);
    BOOST_TEST(job.properties.timestamp.value() == static_cast<std::uint64_t>(noon));
    BOOST_TEST(job.properties.expiration.empty());
    BOOST_TEST(job.properties.delivery_mode == 2);
}

BOOST_AUTO_TEST_CASE(is_replayed_to_the_queue_it_came_from) {
    const auto key_of = [](std::string headers) { return revive(message(headers)).routing_key; };
    const auto by_worker = refused("wrong_tenant") + text_entry("x-otp-routing-key", "otp.acme");
    BOOST_TEST(key_of(refused("not_json")) == "send");
    BOOST_TEST(key_of(by_worker) == "otp.acme");
    BOOST_TEST(key_of(deaths(died("otp.retry.250", "expired", noon)) + by_worker) == "otp.acme");
    BOOST_TEST(key_of(deaths(died("otp.acme", "delivery_limit", noon))) == "otp.acme");
}

BOOST_AUTO_TEST_CASE(is_replayed_to_no_other_queue_by_the_further_keys_of_its_first_sending) {
    const auto copies = entry("CC", 'A', with_length("S" + with_length("otp.acme")));
    BOOST_TEST(revive(message(copies + refused("not_json"))).properties.raw_headers.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(what_is_printed)

BOOST_AUTO_TEST_CASE(holds_no_number_wherever_one_stands) {
    const std::string number = "+14155550142";
    auto dead = message(
        text_entry("x-otp-reason", number) + text_entry("x-otp-detail", "is " + number) +
            text_entry("caller", number) + text_entry(number, "x"),
        R"({"to":"+14155550142","user":"+14155550142","variables":{"app":"+14155550142","+14155550142":""},)"
        R"("purpose":"+14155550142","+14155550142":1,"ttl_seconds":14155550142,"channel":["+14155550142"]})"
    );
    dead.properties.message_id = dead.properties.app_id = dead.properties.correlation_id = number;
    const auto letter = read_dead_letter(dead);
    for (const auto& text : {list_line(letter), list_json(letter), show_text(dead, letter)}) {
        BOOST_TEST(text.find("4155550142") == std::string::npos);
        BOOST_TEST(text.find("5550") == std::string::npos);
    }
    BOOST_TEST(show_text(dead, letter).find("+1415****142") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(holds_no_code_in_the_name_of_a_field) {
    const auto dead =
        message(refused("unknown_field"), R"({"code_4829":1,"variables":{"482913":"x"}})");
    const auto text = show_text(dead, read_dead_letter(dead));
    BOOST_TEST(text.find("code_####") != std::string::npos, text);
    BOOST_TEST(text.find("###### (values not shown)") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(tells_of_a_job_what_holds_no_number) {
    const auto dead = message(
        refused("not_storable"),
        R"({"request_id":")" + std::string(request) +
            R"(","to":"(415) 555-0142","channel":["sms","voice"],"variables":{"app":"Acme"},"ttl_seconds":300,)"
            R"("requested_at":"2026-11-20T10:15:30.250Z"})"
    );
    const auto text = show_text(dead, read_dead_letter(dead));
    for (const auto* part :
         {"sms, voice",
          "app (values not shown)",
          "300",
          "2026-11-20T10:15:30.250Z",
          "(14 bytes, not E.164)"})
        BOOST_TEST(text.find(part) != std::string::npos, part << " is missing in " << text);
    BOOST_TEST(text.find("Acme") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(cannot_make_a_terminal_obey) {
    BOOST_TEST(shown_text("a\x1b[2Jb\nc\xff") == "a?[2Jb?c?");
    BOOST_TEST(shown_text("Zürich") == "Zürich");
    BOOST_TEST(shown_word("\x1b") == "(1 bytes, not shown)");
    BOOST_TEST(shown_text(std::string(299, 'a') + "ü").size() == 299U);
}

BOOST_AUTO_TEST_CASE(is_one_line_of_json_with_null_for_what_is_unknown) {
    auto dead = message(refused("not_json", "byte 1: \"quoted\""), "{");
    BOOST_TEST(
        list_json(read_dead_letter(dead)) ==
        R"({"time":null,"time_is":null,"reason":"not_json","detail":"byte 1: \"quoted\"","request_id":null,"message_id":null,"size":1})"
    );
}

BOOST_AUTO_TEST_CASE(survives_brackets_without_end) {
    const auto dead = message(refused("not_json"), std::string(60'000, '['));
    BOOST_TEST(id_of(read_dead_letter(dead)) == "-");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_filter)

namespace {

dead_filter filter(const std::vector<std::string>& words) {
    return read_filter(flags(words, filter_flags()));
}

}  // namespace

BOOST_AUTO_TEST_CASE(matches_where_all_that_it_says_holds) {
    auto dead = message(
        deaths(died("otp.send", "expired", noon)),
        R"({"request_id":")" + std::string(request) + R"("})"
    );
    dead.properties.message_id = "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e60";
    const auto letter = read_dead_letter(dead);
    const std::string id(request);
    BOOST_TEST(filter({}).matches(letter));
    BOOST_TEST(
        filter({"--reason", "expired_in_queue", "--id", id, "--after", "2026-11-28T12:00:00Z"})
            .matches(letter)
    );
    BOOST_TEST(filter({"--id", "018F6F5E-7D3C-7A43-9D0F-5B1C2A3D4E60"}).matches(letter));
    BOOST_TEST(!filter({"--reason", "over_delivered", "--id", id}).matches(letter));
    BOOST_TEST(!filter({"--id", "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e61"}).matches(letter));
    BOOST_TEST(!filter({"--before", "2026-11-28T12:00:00Z"}).matches(letter));
    BOOST_TEST(filter({"--before", "2026-11-28T12:00:01Z"}).matches(letter));
    BOOST_TEST(!filter({"--after", "2026-11-28T12:00:01Z"}).matches(letter));
}

BOOST_AUTO_TEST_CASE(of_times_matches_nothing_without_a_time) {
    const auto letter = read_dead_letter(message(refused("not_json")));
    BOOST_TEST(!filter({"--before", "2100-01-01T00:00:00Z"}).matches(letter));
    BOOST_TEST(!filter({"--after", "1980-01-01T00:00:00Z"}).matches(letter));
    // Of no id, either.
    BOOST_TEST(!filter({"--id", std::string(request)}).matches(letter));
}

BOOST_AUTO_TEST_SUITE_END()
