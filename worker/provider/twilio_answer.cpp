#include "worker/provider/twilio_answer.hpp"

#include "common/provider/twilio_sid.hpp"
#include "worker/provider/answer.hpp"
#include "worker/provider/twilio.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>

namespace otp {

namespace {

bool is_message_sid(std::string_view text) {
    return is_twilio_sid(text, "SM") || is_twilio_sid(text, "MM");
}

// Twilio takes 1600 characters, which are 48 segments where each is two units of UCS-2. What says
// more is no count, and must not reach the store, whose column ends at 32767.
constexpr int most_segments = 100;

// num_segments is text, and "0" while a messaging service has not chosen the sender.
std::optional<int> segments_in(const rapidjson::Value& body) {
    const std::string_view text = text_of(body, "num_segments");
    int count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end != text.data() + text.size() || count < 1 ||
        count > most_segments)
        return std::nullopt;
    return count;
}

outcome read_created(unsigned status, const rapidjson::Value& body) {
    const std::string_view sid = text_of(body, "sid");
    if (!is_message_sid(sid))
        return unreadable(status, "missing_message_id", "accepted without a message SID");

    const std::string_view state = text_of(body, "status");
    if (state == "failed" || state == "undelivered" || state == "canceled") {
        const std::string code = twilio_code_in(body, "error_code");
        outcome end = judge_code(
            code.empty() ? state : std::string_view(code),
            twilio_errors().in_receipt(code),
            status
        );
        end.provider_message_id = sid;
        return end;
    }
    outcome end = accepted(status, sid);
    end.segments = segments_in(body);
    return end;
}

// "Thu, 24 Aug 2023 05:01:45 +0000" (RFC 2822), always in UTC. In seconds, its finest unit: the
// system clock's nanoseconds end in the year 2262, and the answer may name any.
std::optional<std::chrono::sys_seconds> read_date(std::string_view text) {
    std::tm parts{};
    const std::string copy(text);
    const char* rest = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S +0000", &parts);
    if (rest == nullptr || *rest != '\0')
        return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts)));
}

bool is_of(const rapidjson::Value& listed, const doubtful& what) {
    const auto made = read_date(text_of(listed, "date_created"));
    if (!made || *made < std::chrono::floor<std::chrono::seconds>(what.since))
        return false;
    if (!text_of(listed, "direction").starts_with("outbound"))
        return false;
    const std::string_view text = text_of(listed, "body");
    return text.empty() || text.find(what.code.reveal()) != std::string_view::npos;
}

}  // namespace

std::string twilio_code_in(const rapidjson::Value& body, std::string_view name) {
    const rapidjson::Value* code = member(body, name);
    if (!code || !code->IsUint())
        return {};
    const std::string text = std::to_string(code->GetUint());
    return is_error_code(text) ? text : std::string();
}

outcome read_twilio_error(unsigned status, const rapidjson::Value& body) {
    outcome by_status = judge_status(status);
    const std::string code = twilio_code_in(body, "code");
    if (code.empty())
        return by_status;
    by_status.error_code = code;  // for people, where the status decides
    // No code proves that nothing was made where the status leaves it open.
    if (by_status.end == attempt_end::in_doubt || status < 400)
        return by_status;
    // A limit and refused credentials are known by their status too; everywhere else an unlisted
    // code is our fault.
    if (!twilio_errors().find(code) && (status == 401 || status == 429))
        return by_status;
    return judge_code(code, twilio_errors().in_answer(code), status);
}

outcome read_twilio_answer(
    const http::call_result& result,
    const twilio_reader& created,
    const twilio_reader& refused
) {
    if (!result)
        return judge_failure(result.error());
    const http::answer& answer = *result;
    const bool is_created = answer.status >= 200 && answer.status < 300;
    const json_answer body(answer.body);

    outcome end;
    if (!is_created)
        end = refused(answer.status, body.root());
    else if (body.is_object())
        end = created(answer.status, body.root());
    else
        end = unreadable(
            answer.status,
            "unreadable_answer",
            "accepted with a body that is no JSON object"
        );
    end.retry_after = answer.retry_after;
    return end;
}

outcome read_twilio_answer(const http::call_result& result) {
    return read_twilio_answer(result, read_created, read_twilio_error);
}

// One that was taken says more than one that failed: the person has the code.
std::optional<outcome> read_twilio_list(const http::call_result& result, const doubtful& what) {
    if (!result || result->status != 200)
        return std::nullopt;
    const json_answer body(result->body);
    const rapidjson::Value* messages = member(body.root(), "messages");
    if (messages == nullptr || !messages->IsArray())
        return std::nullopt;
    std::optional<outcome> found;
    for (const auto& listed : messages->GetArray()) {
        if (!is_of(listed, what))
            continue;
        outcome end = read_created(result->status, listed);
        if (end.end == attempt_end::accepted)
            return end;
        if (end.end != attempt_end::in_doubt && !found)
            found = std::move(end);
    }
    return found;
}

}  // namespace otp
