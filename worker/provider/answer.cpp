#include "worker/provider/answer.hpp"

#include "common/core/ascii.hpp"

#include <algorithm>
#include <cstring>

namespace otp {

namespace {

constexpr bool yes = true;
constexpr bool no = false;

constexpr error_row unreachable{"", told_in::answer, fault::temporary, yes, yes, yes, ""};
constexpr error_row no_answer{"", told_in::answer, fault::doubt, yes, yes, yes, ""};

// docs/providers.md, "HTTP answers".
constexpr error_row redirected{
    "",
    told_in::answer,
    fault::config,
    no,
    yes,
    yes,
    "redirected, which is never followed"};
constexpr error_row
    unauthorized{"", told_in::answer, fault::account, no, yes, yes, "credentials refused"};
constexpr error_row
    timed_out{"", told_in::answer, fault::doubt, yes, yes, yes, "the provider gave up waiting"};
constexpr error_row too_many{"", told_in::answer, fault::rate, yes, yes, yes, "too many requests"};
constexpr error_row
    refused{"", told_in::answer, fault::config, no, yes, yes, "refused without a known code"};
constexpr error_row broken{"", told_in::answer, fault::doubt, yes, yes, yes, "the provider failed"};

const error_row& row_of(unsigned status) {
    if (status >= 300 && status < 400)
        return redirected;
    if (status == 401)
        return unauthorized;
    if (status == 408)
        return timed_out;
    if (status == 429)
        return too_many;
    if (status >= 400 && status < 500)
        return refused;
    return broken;
}

attempt_end end_of(fault why) {
    switch (why) {
    case fault::number:
    case fault::config:
    case fault::account:
    case fault::blocked:
    case fault::channel:
        return attempt_end::refused;
    case fault::rate:
    case fault::temporary:
    case fault::worker:
        return attempt_end::not_sent;
    case fault::none:
    case fault::doubt:
        break;
    }
    return attempt_end::in_doubt;
}

outcome from_row(const error_row& row, std::string_view code) {
    outcome end;
    end.end = end_of(row.why);
    end.why = row.why;
    end.error_code = code;
    end.detail = row.meaning;
    end.retry = row.retry;
    end.fail_over = row.fail_over;
    end.switch_channel = row.switch_channel;
    return end;
}

}  // namespace

outcome judge_failure(const http::call_failure& failure) {
    if (failure.sent == http::call_failure::certainty::not_sent) {
        outcome end = from_row(unreachable, "unreachable");
        end.detail = failure.text;
        return end;
    }
    outcome end = failure.status ? judge_status(*failure.status) : from_row(no_answer, "no_answer");
    end.detail = failure.text;
    end.retry_after = failure.retry_after;
    return end;
}

outcome judge_status(unsigned status) {
    if (status >= 200 && status < 300)
        return unreadable(status, "lost_answer", "accepted by its status, without a readable body");
    const error_row& row = row_of(status);
    outcome end = from_row(row, "http_" + std::to_string(status));
    end.http_status = status;
    if (&row == &redirected)
        end.end = attempt_end::not_sent;
    return end;
}

outcome judge_code(std::string_view code, const error_row& row, unsigned status) {
    outcome end = from_row(row, code);
    end.http_status = status;
    return end;
}

outcome unreadable(unsigned status, std::string_view error_code, std::string_view detail) {
    outcome end = from_row(no_answer, error_code);
    end.http_status = status;
    end.detail = detail;
    return end;
}

outcome accepted(unsigned status, std::string_view message_id) {
    outcome end;
    end.end = attempt_end::accepted;
    end.provider_message_id = message_id;
    end.http_status = status;
    return end;
}

bool is_message_id(std::string_view text) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:=";
    return !text.empty() && text.size() <= 128 &&
           text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_error_code(std::string_view text) {
    return !text.empty() && text.size() <= 6 && std::ranges::all_of(text, is_digit);
}

json_answer::json_answer(const secret& body)
    : copy_(secret::of_size(body.size() + 1)),
      pool_(room_.data(), room_.size()),
      document_(&pool_) {
    const std::string_view text = body.reveal();
    std::ranges::copy(text, copy_.bytes().begin());  // the last byte stays the terminator
    constexpr unsigned flags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag;
    document_.ParseInsitu<flags>(copy_.bytes().data());
}

const rapidjson::Value* member(const rapidjson::Value& object, std::string_view name) {
    if (!object.IsObject())
        return nullptr;
    const rapidjson::Value key(
        rapidjson::StringRef(name.data(), static_cast<rapidjson::SizeType>(name.size()))
    );
    const auto found = object.FindMember(key);
    return found == object.MemberEnd() ? nullptr : &found->value;
}

std::string_view text_of(const rapidjson::Value& object, std::string_view name) {
    const rapidjson::Value* value = member(object, name);
    if (!value || !value->IsString())
        return {};
    return {value->GetString(), value->GetStringLength()};
}

}  // namespace otp
