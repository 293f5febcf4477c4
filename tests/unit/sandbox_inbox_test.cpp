#include "sandbox/inbox.hpp"

#include <boost/test/unit_test.hpp>

#include <rapidjson/document.h>

using namespace otp;
using namespace otp::sandbox;
using namespace std::chrono_literals;

namespace {

const moment start{std::chrono::seconds(1'790'000'000)};

message_ptr text_to(std::string to, std::string id, fate goes_on = {}) {
    auto made = std::make_shared<message>();
    made->at = start;
    made->to = std::move(to);
    made->id = std::move(id);
    made->from = "+15005550006";
    made->text = "482913 is your code";
    made->goes_on = goes_on;
    return made;
}

std::string ids_in(const selected& what) {
    std::string all;
    for (const auto& one : what.messages)
        all += (all.empty() ? "" : " ") + one->id;
    return all;
}

selection to(std::string number) {
    selection wanted;
    wanted.to = std::move(number);
    return wanted;
}

struct three_messages {
    three_messages() {
        box.add(text_to("+14155550100", "a"));
        box.add(text_to("+442071838750", "b"));
        box.add(text_to("+14155550100", "c"));
    }
    inbox box{10};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(an_inbox, three_messages)

BOOST_AUTO_TEST_CASE(gives_the_newest_first) {
    const auto all = box.select({});
    BOOST_TEST(ids_in(all) == "c b a");
    BOOST_TEST(all.total == 3U);
}

BOOST_AUTO_TEST_CASE(selects_by_number) {
    BOOST_TEST(ids_in(box.select(to("+14155550100"))) == "c a");
    BOOST_TEST(ids_in(box.select(to("+442071838750"))) == "b");
    BOOST_TEST(ids_in(box.select(to("+442071838751"))) == "");
}

BOOST_AUTO_TEST_CASE(gives_only_what_is_newer_than_a_message) {
    selection wanted;
    wanted.after = "a";
    BOOST_TEST(ids_in(box.select(wanted)) == "c b");
    BOOST_TEST(box.select(wanted).total == 2U);
    wanted.to = "+14155550100";
    BOOST_TEST(ids_in(box.select(wanted)) == "c");
    wanted.after = "c";
    BOOST_TEST(ids_in(box.select(wanted)) == "");
}

BOOST_AUTO_TEST_CASE(gives_only_what_is_older_than_a_message) {
    selection wanted;
    wanted.before = "c";
    BOOST_TEST(ids_in(box.select(wanted)) == "b a");
    wanted.to = "+14155550100";
    BOOST_TEST(ids_in(box.select(wanted)) == "a");
}

BOOST_AUTO_TEST_CASE(leaves_nothing_out_for_an_id_it_does_not_keep) {
    selection wanted;
    wanted.after = "long gone";
    BOOST_TEST(ids_in(box.select(wanted)) == "c b a");
}

BOOST_AUTO_TEST_CASE(counts_beyond_the_limit) {
    selection wanted;
    wanted.limit = 1;
    BOOST_TEST(ids_in(box.select(wanted)) == "c");
    BOOST_TEST(box.select(wanted).total == 3U);
    wanted.to = "+14155550100";
    BOOST_TEST(box.select(wanted).total == 2U);
    wanted.limit = 0;
    BOOST_TEST(ids_in(box.select(wanted)) == "");
    BOOST_TEST(box.select(wanted).total == 2U);
}

BOOST_AUTO_TEST_CASE(applies_a_condition) {
    selection wanted;
    wanted.matches = [](const message& one) { return one.id != "c"; };
    BOOST_TEST(ids_in(box.select(wanted)) == "b a");
}

BOOST_AUTO_TEST_CASE(finds_a_message_by_its_id) {
    BOOST_REQUIRE(box.find("b"));
    BOOST_TEST(box.find("b")->to == "+442071838750");
    BOOST_TEST(!box.find("d"));
}

BOOST_AUTO_TEST_CASE(keeps_the_last_ones_and_forgets_the_rest_wholly) {
    inbox small(2);
    small.add(text_to("+14155550100", "a"));
    small.add(text_to("+442071838750", "b"));
    small.add(text_to("+14155550100", "c"));
    BOOST_TEST(small.size() == 2U);
    BOOST_TEST(!small.find("a"));
    BOOST_TEST(ids_in(small.select({})) == "c b");
    BOOST_TEST(ids_in(small.select(to("+14155550100"))) == "c");
    small.add(text_to("+14155550101", "d"));
    BOOST_TEST(ids_in(small.select(to("+442071838750"))) == "");
    small.add(text_to("+14155550102", "e"));
    BOOST_TEST(ids_in(small.select(to("+14155550100"))) == "");
}

BOOST_AUTO_TEST_CASE(without_messages_gives_none) {
    BOOST_TEST(ids_in(inbox(1).select({})) == "");
    BOOST_TEST(inbox(1).select({}).total == 0U);
}

BOOST_AUTO_TEST_CASE(that_could_hold_nothing_is_refused) {
    BOOST_CHECK_THROW(inbox(0), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(is_written_with_all_fields_of_a_message) {
    inbox one(1);
    auto what = std::make_shared<message>(*text_to("+14155550100", "SM1"));
    what->at += 250ms;
    what->text = "رمزك \"482913\"";
    one.add(std::move(what));
    rapidjson::Document json;
    json.Parse(inbox_json(one.select({}), start + 250ms, 100ms).c_str());
    BOOST_REQUIRE(json.IsArray());
    BOOST_REQUIRE(json.Size() == 1U);
    const auto& entry = json[0];
    BOOST_TEST(entry.MemberCount() == 8U);
    BOOST_TEST(entry["at"].GetString() == "2026-09-21T14:13:20.250Z");
    BOOST_TEST(entry["provider"].GetString() == "twilio");
    BOOST_TEST(entry["channel"].GetString() == "sms");
    BOOST_TEST(entry["to"].GetString() == "+14155550100");
    BOOST_TEST(entry["from"].GetString() == "+15005550006");
    BOOST_TEST(entry["text"].GetString() == "رمزك \"482913\"");
    BOOST_TEST(entry["message_id"].GetString() == "SM1");
    BOOST_TEST(entry["status"].GetString() == "queued");
}

BOOST_AUTO_TEST_CASE(takes_numbers_as_people_and_urls_write_them) {
    for (const auto* text :
         {"+14155550100",
          "14155550100",
          " 14155550100",
          "whatsapp:+14155550100",
          "+1 (415) 555-0100"})
        BOOST_TEST(e164_of(text) == "+14155550100");
    BOOST_TEST(e164_of("nobody") == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_state_of_a_message)

BOOST_AUTO_TEST_CASE(goes_from_queued_over_sent_to_its_end) {
    const auto one = text_to("+14155550100", "a");
    BOOST_TEST((status_at(*one, start, 100ms) == status::queued));
    BOOST_TEST((status_at(*one, start + 99ms, 100ms) == status::queued));
    BOOST_TEST((status_at(*one, start + 100ms, 100ms) == status::sent));
    BOOST_TEST((status_at(*one, start + 200ms, 100ms) == status::delivered));
}

BOOST_AUTO_TEST_CASE(is_late_only_at_its_end) {
    const auto one = text_to("+14155550100", "a", {status::delivered, {}, true});
    BOOST_TEST((status_at(*one, start + 4999ms, 100ms) == status::sent));
    BOOST_TEST((status_at(*one, start + 5000ms, 100ms) == status::delivered));
}

BOOST_AUTO_TEST_CASE(may_stay_where_it_is) {
    BOOST_TEST(
        (status_at(*text_to("+1", "a", {status::queued, {}}), start + 1h, 1ms) == status::queued)
    );
    BOOST_TEST((status_at(*text_to("+1", "a", {status::sent, {}}), start + 1h, 1ms) == status::sent)
    );
}

BOOST_AUTO_TEST_CASE(of_a_failed_one_is_never_sent) {
    const auto one = text_to("+14155550100", "a", {status::failed, "30008"});
    BOOST_TEST((status_at(*one, start + 99ms, 100ms) == status::queued));
    BOOST_TEST((status_at(*one, start + 100ms, 100ms) == status::failed));
}

BOOST_AUTO_TEST_SUITE_END()
