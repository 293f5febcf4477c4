#include "sandbox/twilio_verify.hpp"

#include "common/provider/twilio_sid.hpp"
#include "sandbox/magic_numbers.hpp"
#include "sandbox/twilio_errors.hpp"

#include <memory>
#include <utility>

namespace otp::sandbox {

namespace {

// https://www.twilio.com/docs/verify/api/rate-limits-and-timeouts
constexpr std::chrono::minutes life{10};
constexpr std::size_t most_sends = 5;

answer refusal_for(lesson what) {
    switch (what) {
    case lesson::refused_number:
        return twilio_invalid("To");
    case lesson::blocked:
        return twilio_error(60410);
    case lesson::account_fault:
        return twilio_error(20003);
    case lesson::message_fault:
        return twilio_error(60204);
    case lesson::wrong_channel:
        return twilio_error(60223);
    case lesson::slow_down:
        return twilio_error(20429);
    case lesson::server_error:
    case lesson::server_error_accepted:
        return twilio_error(20500);
    case lesson::unavailable:
        return twilio_error(20503);
    default:
        return {};
    }
}

// How it goes on after it was accepted; there are no receipts, so only the inbox and people see it.
fate fate_for(lesson what, fate usual) {
    if (what == lesson::undelivered)
        return {status::undelivered, "30003"};
    if (what == lesson::failed)
        return {status::failed, "30008"};
    return usual;
}

std::string code_of(ids& new_ids) {
    return std::to_string(1'000'000 + static_cast<int>(new_ids.share() * 1'000'000)).substr(1);
}

// What a person reads: Verify's words, with the first code of the verification.
message_ptr text_of(const verification& what, fate goes_on) {
    auto made = std::make_shared<message>();
    made->at = what.sends.back().at;
    made->by = service::twilio_verify;
    made->via = what.sends.back().via;
    made->id = what.sid;
    made->to = what.to;
    made->text = "Your sandbox verification code is: " + what.code;
    made->goes_on = goes_on;
    return made;
}

}  // namespace

twilio_verify::twilio_verify(const std::optional<twilio_account>& account, std::size_t most)
    : callers_(account),
      most_(most) {
    if (!account)
        return;
    account_sid_ = account->sid;
    service_sid_ = account->verify_service_sid;
}

std::optional<answer> twilio_verify::refused(std::string_view service_sid, const request& what)
    const {
    if (auto refusal = callers_.refused(what))
        return refusal;
    if (!is_twilio_sid(service_sid, "VA") || (!service_sid_.empty() && service_sid != service_sid_))
        return twilio_error(20404);
    return std::nullopt;
}

void twilio_verify::forget(const std::string& sid) {
    const auto number = number_of_.find(sid);
    by_number_.erase(number->second);
    number_of_.erase(number);
}

// And what was ended before, which stands in the line still.
void twilio_verify::forget_expired(moment now) {
    while (!oldest_first_.empty()) {
        const auto& [at, sid] = oldest_first_.front();
        const bool is_pending = number_of_.contains(sid);
        if (is_pending && at + life > now && number_of_.size() <= most_)
            break;
        if (is_pending)
            forget(sid);
        oldest_first_.pop_front();
    }
}

verification* twilio_verify::pending(std::string_view key, moment now) {
    forget_expired(now);
    if (const auto number = number_of_.find(key); number != number_of_.end())
        key = number->second;
    const auto found = by_number_.find(key);
    return found == by_number_.end() ? nullptr : &found->second;
}

verification& twilio_verify::pending_or_new(
    std::string_view service_sid,
    const verify_send& send,
    ids& new_ids,
    moment now
) {
    if (auto* one = pending(send.to, now))
        return *one;
    verification made;
    made.sid = new_ids.sid("VE");
    made.service_sid = service_sid;
    made.to = send.to;
    made.code = send.code.empty() ? code_of(new_ids) : send.code;
    number_of_.emplace(made.sid, made.to);
    oldest_first_.push_back({now, made.sid});
    return by_number_[made.to] = std::move(made);
}

reply twilio_verify::start(
    std::string_view service_sid,
    const request& what,
    ids& new_ids,
    moment now
) {
    if (auto refusal = refused(service_sid, what))
        return {std::move(*refusal), nullptr};
    const auto form = read_form(is_form(what.content_type) ? what.body : std::string_view());
    if (!form)
        return {twilio_error(20001), nullptr};
    auto send = read_verify_send(*form);
    if (!send)
        return {send.error(), nullptr};

    course way;
    answer refusal;
    if (const auto practised = lesson_of(service::twilio_verify, send->to)) {
        way = course_of(*practised);
        way.goes_on = fate_for(*practised, way.goes_on);
        refusal = refusal_for(*practised);
    }
    if (!way.accepted)
        return {std::move(refusal), nullptr, way.line};

    auto& one = pending_or_new(service_sid, *send, new_ids, now);
    if (one.sends.size() == most_sends)
        return {twilio_error(60203), nullptr};
    one.sends.push_back({now, send->via, new_ids.sid("VL")});
    auto text = text_of(one, way.goes_on);
    if (!refusal.body.empty())
        return {std::move(refusal), std::move(text), way.line};
    answer says;
    says.status = 201;
    says.body = verification_json(one, account_sid_, "pending");
    return {std::move(says), std::move(text), way.line};
}

answer twilio_verify::fetch(
    std::string_view service_sid,
    std::string_view key,
    const request& what,
    moment now
) {
    if (auto refusal = refused(service_sid, what))
        return std::move(*refusal);
    const auto* one = pending(key, now);
    if (one == nullptr)
        return twilio_error(20404);
    answer says;
    says.body = verification_json(*one, account_sid_, "pending");
    return says;
}

answer twilio_verify::end(
    std::string_view service_sid,
    std::string_view key,
    const request& what,
    moment now
) {
    if (auto refusal = refused(service_sid, what))
        return std::move(*refusal);
    const auto form = read_form(is_form(what.content_type) ? what.body : std::string_view());
    if (!form)
        return twilio_error(20001);
    const auto status = form_value(*form, "Status");
    if (status != "canceled" && status != "approved")
        return twilio_invalid("Status");
    const auto* one = pending(key, now);
    if (one == nullptr)
        return twilio_error(20404);
    answer says;
    says.body = verification_json(*one, account_sid_, status);
    forget(std::string(one->sid));  // a copy: the verification goes with it
    return says;
}

}  // namespace otp::sandbox
