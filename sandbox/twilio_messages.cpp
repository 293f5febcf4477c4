#include "sandbox/twilio_messages.hpp"

#include "sandbox/magic_numbers.hpp"
#include "sandbox/twilio_errors.hpp"
#include "sandbox/twilio_json.hpp"
#include "sandbox/twilio_list_query.hpp"

#include <utility>

namespace otp::sandbox {

namespace {

// How Twilio tells this outcome: at once by `refusal`, or with the receipt.
struct twilio_words {
    int refusal = 0;
    std::string_view receipt_code;
    status end = status::undelivered;
};

twilio_words words_for(lesson what, channel via) {
    const bool sms = via == channel::sms;
    switch (what) {
    case lesson::refused_number:
        return {21211, {}};
    case lesson::blocked:
        return {30450, {}};
    case lesson::account_fault:
        return {20003, {}};
    case lesson::message_fault:
        return {21408, {}};
    case lesson::wrong_channel:
        return sms ? twilio_words{21612, {}} : twilio_words{0, "63024"};
    case lesson::slow_down:
        return {20429, {}};
    case lesson::server_error:
    case lesson::server_error_accepted:
        return {20500, {}};
    case lesson::unavailable:
        return {20503, {}};
    case lesson::undelivered:
        return {0, sms ? "30003" : "63005"};
    case lesson::failed:
        return {0, "30008", status::failed};
    default:
        return {};
    }
}

// What leads to the page of `size` messages that ends before message `first`; none where it is the
// newest.
std::optional<std::string> token_of_page_before(
    std::string_view first,
    std::size_t size,
    selection wanted,
    const inbox& from
) {
    wanted.before.clear();
    wanted.after = first;
    wanted.limit = from.size();
    const auto newer = from.select(wanted).messages;
    if (newer.empty())
        return std::nullopt;
    return newer.size() > size ? "PA" + newer[newer.size() - size - 1]->id : "";
}

}  // namespace

twilio_messages::twilio_messages(
    std::optional<twilio_account> account,
    std::chrono::milliseconds pace
)
    : account_(std::move(account)),
      callers_(account_),
      pace_(pace) {}

std::optional<answer> twilio_messages::refused_caller(
    std::string_view account_sid,
    const request& what
) const {
    if (auto refusal = callers_.refused(what))
        return refusal;
    if (account_sid != account_->sid)
        return twilio_error(20404);
    return std::nullopt;
}

message_ptr twilio_messages::made(const twilio_send& send, ids& new_ids, moment now, fate goes_on)
    const {
    auto made = std::make_shared<message>();
    made->at = now;
    made->by = service::twilio;
    made->via = send.via;
    made->id = new_ids.sid("SM");
    made->to = send.to;
    made->from = send.from;
    if (made->from.empty())
        made->from = account_->phone_number.empty() ? "+15005550006" : account_->phone_number;
    made->text = send.text;
    made->messaging_service_sid = send.messaging_service_sid;
    made->callback_url = send.callback_url;
    made->goes_on = goes_on;
    return made;
}

reply twilio_messages::create(
    std::string_view account_sid,
    const request& what,
    ids& new_ids,
    moment now
) const {
    if (auto refusal = refused_caller(account_sid, what))
        return {std::move(*refusal), nullptr};
    // A body of another type has no fields: Twilio answers that 'To' is missing.
    const auto form = read_form(is_form(what.content_type) ? what.body : std::string_view());
    if (!form)
        return {twilio_error(20001), nullptr};
    const auto send = read_twilio_send(*form, *account_);
    if (!send)
        return {twilio_error(send.error()), nullptr};

    course way;
    twilio_words words;
    if (const auto practised = lesson_of(service::twilio, send->to)) {
        way = course_of(*practised);
        words = words_for(*practised, send->via);
    }
    if (!words.receipt_code.empty())
        way = {true, line_fault::none, {words.end, words.receipt_code}};
    else if (send->via == channel::whatsapp && !send->by_template)
        way.goes_on = {status::undelivered, "63016"};  // no free text outside a conversation
    if (!way.accepted)
        return {words.refusal == 0 ? answer() : twilio_error(words.refusal), nullptr, way.line};

    const auto accepted = made(*send, new_ids, now, way.goes_on);
    if (words.refusal != 0)
        return {twilio_error(words.refusal), accepted, way.line};
    answer says;
    says.status = 201;
    says.body = twilio_message_json(*accepted, account_->sid, now, pace_);
    return {std::move(says), accepted, way.line};
}

answer twilio_messages::fetch(
    std::string_view account_sid,
    std::string_view file,
    const request& what,
    const inbox& from,
    moment now
) const {
    if (auto refusal = refused_caller(account_sid, what))
        return std::move(*refusal);
    static constexpr std::string_view json = ".json";
    if (!file.ends_with(json))
        return twilio_error(20404);
    const auto found = from.find(file.substr(0, file.size() - json.size()));
    if (!found || found->by != service::twilio)
        return twilio_error(20404);
    answer says;
    says.body = twilio_message_json(*found, account_->sid, now, pace_);
    return says;
}

answer twilio_messages::list(
    std::string_view account_sid,
    const request& what,
    const inbox& from,
    moment now
) const {
    if (auto refusal = refused_caller(account_sid, what))
        return std::move(*refusal);
    auto query = read_twilio_list_query(what.query, now, pace_);
    if (!query)
        return twilio_error(20001);
    auto found = from.select(query->wanted).messages;
    auto& page = query->page;
    if (found.size() > page.size) {
        found.pop_back();
        page.next_token = "PA" + found.back()->id;
    }
    if (page.number > 0 && !found.empty())
        page.previous_token =
            token_of_page_before(found.front()->id, page.size, query->wanted, from);
    page.path = "/2010-04-01/Accounts/" + account_->sid + "/Messages.json";
    answer says;
    says.body = twilio_list_json(found, page, account_->sid, now, pace_);
    return says;
}

}  // namespace otp::sandbox
